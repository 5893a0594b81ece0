(* Agents that act alike, one step later: what they do next depends on overlaps that acting does not show. Any sizes. *)
From mathcomp Require Import all_ssreflect all_algebra.
From Loop Require Import learning learning_closes_on_gram.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Alike.
Variables (R : comRingType) (a b : nat) (E : 'M[R]_(a, b)) (s : R) (DH : 'M[R]_a) (DJ : 'M[R]_b).

(* If S^T T = 1, the agent of T J and S H has the same K; it has as many units as T has rows. *)
Theorem same_kernel N N' (S T : 'M[R]_(N', N)) (H : 'M[R]_(N, a)) (J : 'M[R]_(N, b)) :
  S^T *m T = 1%:M -> kernel (S *m H) (T *m J) = kernel H J.
Proof. by move=> inverse; rewrite /kernel trmx_mul -mulmxA (mulmxA S^T) inverse mul1mx. Qed.

(* If T = S, the Gram matrices are equal too, and then for ever (same_gram_for_ever). *)
Theorem same_gram N N' (T : 'M[R]_(N', N)) (H : 'M[R]_(N, a)) (J : 'M[R]_(N, b)) :
  T^T *m T = 1%:M -> gram (columns (T *m H) (T *m J)) = gram (columns H J).
Proof. by move=> inverse; rewrite /gram /columns -mul_mx_row trmx_mul -mulmxA (mulmxA T^T) inverse mul1mx. Qed.

(* One step of K, from K, A = J^T J and B = H^T H. *)
Definition next (K : 'M[R]_(a, b)) (A : 'M[R]_b) (B : 'M[R]_a) : 'M[R]_(a, b) :=
  K - s *: (DH *m E *m A + B *m E *m DJ) + s ^+ 2 *: (DH *m E *m K^T *m E *m DJ).

Hypothesis symmetric : DH^T = DH.

Theorem next_kernel N (H : 'M[R]_(N, a)) (J : 'M[R]_(N, b)) :
  kernel (stepH E s DH H J) (stepJ E s DJ H J) = next (kernel H J) (J^T *m J) (H^T *m H).
Proof.
rewrite /kernel /next /stepH /stepJ /gradH /gradJ [(H - _)^T]linearB /= [(s *: _)^T]linearZ /=.
rewrite !trmx_mul !trmxK symmetric mulmxBl !mulmxBr -!scalemxAl -!scalemxAr !mulmxA scalerA -expr2.
rewrite opprB scalerDr opprD !addrA [LHS]addrAC; congr (_ + _).
exact: addrAC.
Qed.

(* Equal K: the next K differ along E by -s times the difference of the squared norms of the gradients. *)
Definition norm (A : 'M[R]_b) (B : 'M[R]_a) : R := \tr (E^T *m (DH *m E *m A)) + \tr (E^T *m (B *m E *m DJ)).

Theorem next_differs K A1 B1 A2 B2 :
  \tr (E^T *m (next K A2 B2 - next K A1 B1)) = - s * (norm A2 B2 - norm A1 B1).
Proof.
have -> : next K A2 B2 - next K A1 B1
    = - s *: ((DH *m E *m A2 + B2 *m E *m DJ) - (DH *m E *m A1 + B1 *m E *m DJ)).
  by rewrite /next opprD addrACA subrr addr0 opprB addrC addrA subrK scalerBr !scaleNr opprK addrC.
by rewrite -scalemxAr mxtraceZ mulmxBr linearB /= !mulmxDr !mxtraceD.
Qed.
End Alike.

Print Assumptions same_kernel.
Print Assumptions same_gram.
Print Assumptions next_kernel.
Print Assumptions next_differs.
