(* Without feedback an agent is its impulse response: every horizon, number of units and rank. *)
From mathcomp Require Import all_ssreflect all_algebra.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Response.
Variables (R : comRingType) (c p r N : nat).
Variables (M : 'M[R]_(N, c)) (Z : 'M[R]_(p, N)) (U : 'M[R]_(N, r)) (V : 'M[R]_(r, N)).

(* h' = U V h + M y, from h = 0; y i is what is seen at step i. *)
Fixpoint hidden (y : nat -> 'cV[R]_c) n : 'cV[R]_N := if n is n'.+1 then U *m V *m hidden y n' + M *m y n' else 0.
Definition response k : 'M[R]_(p, c) := if k is k'.+1 then Z *m U *m iter k' (mulmx (V *m U)) (V *m M) else Z *m M.

Lemma power_response k : Z *m iter k (mulmx (U *m V)) M = response k.
Proof.
case: k => //= k; rewrite -!mulmxA; congr (_ *m (_ *m _)).
by elim: k => //= k IH; rewrite -!mulmxA IH !mulmxA.
Qed.

Theorem driven_by_observations (y : nat -> 'cV[R]_c) n : Z *m hidden y n = \sum_(k < n) response k *m y (n - k.+1)%N.
Proof.
have -> : hidden y n = \sum_(k < n) iter k (mulmx (U *m V)) M *m y (n - k.+1)%N.
  elim: n => [|n IH] /=; first by rewrite big_ord0.
  rewrite big_ord_recl /= subSS subn0 addrC IH mulmx_sumr; congr (_ + _).
  by apply: eq_bigr => k _; rewrite mulmxA /bump /= add1n subSS.
by rewrite mulmx_sumr; apply: eq_bigr => k _; rewrite mulmxA power_response.
Qed.
End Response.

(* On white inputs of variance s the cross terms vanish: cov i j is the expectation of y_i y_j. *)
Theorem white_mismatch (R : comRingType) (d : nat -> R) (s : R) (cov : nat -> nat -> R) n :
  (forall i j, cov i j = s *+ (i == j)) ->
  \sum_(k < n) \sum_(l < n) d k * d l * cov (n - k.+1)%N (n - l.+1)%N = s * \sum_(k < n) d k ^+ 2.
Proof.
move=> white; rewrite mulr_sumr; apply: eq_bigr => k _; rewrite (bigD1 k) //= white eqxx big1 ?addr0.
  by rewrite mulr1n mulrC.
move=> l differs; rewrite white -mulr_natr; case: eqP => [eq|]; last by rewrite !mulr0.
case/eqP: differs; apply: val_inj; apply/eqP; rewrite -eqSS.
by rewrite -(subKn (ltn_ord l)) -eq subKn.
Qed.

(* Steps 1 ... T - 1 with inputs from step 2 on: lag k occurs T - 2 - k times; S stands for T - 2. *)
Theorem weights_of_lags (R : ringType) (a : nat -> R) S :
  \sum_(m < S.+1) \sum_(k < m) a k = \sum_(k < S) a k *+ (S - k).
Proof.
elim: S => [|S IH]; first by rewrite big_ord_recl !big_ord0 addr0.
rewrite big_ord_recr /= IH [in RHS]big_ord_recr /= subSnn mulr1n [X in _ + X]big_ord_recr /= addrA; congr (_ + _).
by rewrite -big_split /=; apply: eq_bigr => k _; rewrite -mulrSr subSn // ltnW.
Qed.

Print Assumptions driven_by_observations.
Print Assumptions white_mismatch.
Print Assumptions weights_of_lags.
