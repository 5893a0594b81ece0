(* Agents with a nonlinearity phi on small signals, of any sizes, after every number of steps: scaling the starts scales phi, and an
   agent with phi = identity + e psi departs from the linear one by a multiple of e. *)
From mathcomp Require Import all_ssreflect all_algebra.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Lemma third_first (T : zmodType) (a b c d : T) : a + (b + (c + d)) = b + (c + (a + d)).
Proof. by rewrite addrCA [a + (c + d)]addrCA. Qed.

Section SmallSignals.
Variables (R : comRingType) (n p c N b : nat).
Variables (A : 'M[R]_n) (B : 'M[R]_(n,p)) (C : 'M[R]_(c,n)) (eta : R).
Variables (M : 'M[R]_(N,c)) (Z : 'M[R]_(p,N)) (W : 'M[R]_N).

(* States of the plant and of the agent, a column per trial. *)
Definition signals : Type := 'M[R]_(n,b) * 'M[R]_(N,b).
Definition scaled (s : R) (q : signals) : signals := (s *: q.1, s *: q.2).
Definition apart (e : R) (q r : signals) : signals := (q.1 + e *: r.1, q.2 + e *: r.2).
Definition moved (q : signals) : 'M[R]_(n,b) := A *m q.1 + B *m (Z *m q.2).
Definition input (q : signals) : 'M[R]_(N,b) := W *m q.2 + M *m (C *m moved q).
Definition step (phi : R -> R) (q : signals) : signals :=
  (moved q, (1 - eta) *: q.2 + eta *: map_mx phi (input q)).

Lemma moved_scaled s q : moved (scaled s q) = s *: moved q.
Proof. by rewrite /moved /= -!scalemxAr -scalerDr. Qed.

Lemma input_scaled s q : input (scaled s q) = s *: input q.
Proof.
by rewrite /input moved_scaled /=; move: (moved q) => x; rewrite -!scalemxAr -scalerDr.
Qed.

Lemma map_scaled s phi phi_s (X : 'M[R]_(N,b)) :
  (forall a, phi (s * a) = s * phi_s a) -> map_mx phi (s *: X) = s *: map_mx phi_s X.
Proof. by move=> homogeneous; apply/matrixP => i j; rewrite !mxE homogeneous. Qed.

Lemma map_apart e psi (X : 'M[R]_(N,b)) : map_mx (fun a => a + e * psi a) X = X + e *: map_mx psi X.
Proof. by apply/matrixP => i j; rewrite !mxE. Qed.

Lemma map_linear (X : 'M[R]_(N,b)) : map_mx id X = X.
Proof. by apply/matrixP => i j; rewrite !mxE. Qed.

(* On starts s x_0 an agent with phi is s times the agent with a -> phi (s a) / s on x_0. *)
Theorem scaling s phi phi_s : (forall a, phi (s * a) = s * phi_s a) ->
  forall t q, iter t (step phi) (scaled s q) = scaled s (iter t (step phi_s) q).
Proof.
move=> homogeneous; elim=> [|t IH] q //=; rewrite IH; set u := iter t _ q.
rewrite /step moved_scaled input_scaled (map_scaled _ homogeneous) /scaled /=; congr (_, _).
by rewrite scalerDr !scalerA ![_ * s]mulrC.
Qed.

Lemma moved_apart e q r : moved (apart e q r) = moved q + e *: moved r.
Proof. by rewrite /moved /= !mulmxDr -!scalemxAr scalerDr addrACA. Qed.

Lemma input_apart e q r : input (apart e q r) = input q + e *: input r.
Proof.
rewrite /input moved_apart /=; move: (moved q) (moved r) => x y.
by rewrite !mulmxDr -!scalemxAr scalerDr addrACA.
Qed.

(* What departs is a multiple of e at every time, whatever psi is: tanh has psi a = - a^3 / 3 + ... for e = s^2. *)
Theorem departs e psi t q :
  exists r, iter t (step (fun a => a + e * psi a)) q = apart e (iter t (step id) q) r.
Proof.
elim: t => [|t [r IH]] /=.
  by exists (0, 0); rewrite /apart /= !scaler0 !addr0; case: q.
rewrite IH; set l := iter t _ q; set a := input (apart e l r).
exists (moved r, (1 - eta) *: r.2 + eta *: (input r + map_mx psi a)).
rewrite /step moved_apart -/a map_apart map_linear {1}/a input_apart /apart /=; congr (_, _).
rewrite !scalerDr !scalerA ![e * _]mulrC -!addrA; congr (_ + _).
exact: third_first.
Qed.

(* So does a quadratic loss of the states. *)
Theorem loss_departs e psi t q : exists d,
  let x phi := (iter t (step phi) q).1 in
  \tr ((x (fun a => a + e * psi a))^T *m x (fun a => a + e * psi a)) = \tr ((x id)^T *m x id) + e * d.
Proof.
have [r E] := departs e psi t q; set l := iter t (step id) q in E.
exists (\tr (l.1^T *m r.1) + \tr (r.1^T *m (l.1 + e *: r.1))) => /=.
rewrite E /apart /=; move: l.1 r.1 => x y.
rewrite [(x + e *: y)^T]linearD /= linearZ /= mulmxDl [x^T *m (x + _)]mulmxDr -scalemxAl -scalemxAr.
by rewrite !mxtraceD !mxtraceZ mulrDr addrA.
Qed.
End SmallSignals.

Print Assumptions scaling.
Print Assumptions departs.
Print Assumptions loss_departs.
