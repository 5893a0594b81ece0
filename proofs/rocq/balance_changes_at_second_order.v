(* What gradient flow conserves changes in one step at second order only, by exactly this, of any sizes. *)
From mathcomp Require Import all_ssreflect all_algebra.
From Loop Require Import learning.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Lemma cancel (G : zmodType) (h j x u w : G) : h - x + u - (j - x + w) - (h - j) = u - w.
Proof.
rewrite (addrAC h) (addrAC j) [- (j + w - x)]opprB addrA subrK [- (j + w)]opprD addrACA.
by rewrite addrAC subrr add0r.
Qed.

(* All columns trained: H H^T - J J^T. *)
Theorem balance (R : comRingType) (a b N : nat) (E : 'M[R]_(a, b)) s (H : 'M[R]_(N, a)) (J : 'M[R]_(N, b)) :
  let H' := stepH E s 1%:M H J in let J' := stepJ E s 1%:M H J in
  (H' *m H'^T - J' *m J'^T) - (H *m H^T - J *m J^T)
  = s ^+ 2 *: (J *m E^T *m E *m J^T - H *m E *m E^T *m H^T).
Proof.
have sq (m : nat) (X Y : 'M[R]_(N, m)) : (X - s *: Y) *m (X - s *: Y)^T
    = X *m X^T - s *: (X *m Y^T + Y *m X^T) + s ^+ 2 *: (Y *m Y^T).
  rewrite [(X - s *: Y)^T]linearB /= [(s *: Y)^T]linearZ /= mulmxBl !mulmxBr -!scalemxAl -!scalemxAr.
  by rewrite scalerA -expr2 scalerDr opprB opprD !addrA [LHS]addrAC.
rewrite /= /stepH /stepJ !mulmx1 !sq /gradH /gradJ !trmx_mul !trmxK !mulmxA.
rewrite [H *m E *m J^T + _]addrC scalerBr.
exact: cancel.
Qed.

(* Only W = U V^T trained: U^T U - V^T V, with D = dL/dW of all N^2 entries. *)
Theorem balance_recurrent (R : comRingType) (N r : nat) (D : 'M[R]_N) (U V : 'M[R]_(N, r)) (s : R) :
  let U' := U - s *: (D *m V) in let V' := V - s *: (D^T *m U) in
  (U'^T *m U' - V'^T *m V') - (U^T *m U - V^T *m V)
  = s ^+ 2 *: (V^T *m D^T *m D *m V - U^T *m D *m D^T *m U).
Proof.
have := balance D s U^T V^T; rewrite !trmxK /= => <-; rewrite /stepH /stepJ /gradH /gradJ !mulmx1.
by rewrite !linearB /= !linearZ /= !trmx_mul !trmxK.
Qed.

Print Assumptions balance.
Print Assumptions balance_recurrent.
