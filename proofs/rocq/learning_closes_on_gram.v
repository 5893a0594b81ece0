(* One step of gradient descent closes on the Gram matrix, of any sizes, any choice of trained columns, for ever. *)
From mathcomp Require Import all_ssreflect all_algebra.
From Loop Require Import learning.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Step.
Variables (R : comRingType) (a b N : nat).
Implicit Types (E : 'M[R]_(a, b)) (s : R) (H : 'M[R]_(N, a)) (J : 'M[R]_(N, b)).

(* gradH and gradJ are the gradients: paired with E, the change of K is what they give with the changes of H and J, and a
   term of second order. *)
Theorem chain_rule E H J dH dJ :
  \tr (E^T *m (kernel (H + dH) (J + dJ) - kernel H J))
  = \tr ((gradH E J)^T *m dH) + \tr ((gradJ E H)^T *m dJ) + \tr (E^T *m (dH^T *m dJ)).
Proof.
have expand : kernel (H + dH) (J + dJ) - kernel H J = dH^T *m J + H^T *m dJ + dH^T *m dJ.
  rewrite /kernel [(H + dH)^T]linearD mulmxDl !mulmxDr.
  by rewrite [LHS]addrC -addrA addKr addrCA addrA.
rewrite expand !mulmxDr !mxtraceD; congr (_ + _ + _).
- by rewrite -mxtrace_tr !trmx_mul !trmxK mxtrace_mulC mulmxA -mxtrace_tr !trmx_mul !trmxK mulmxA.
- by rewrite trmx_mul mulmxA.
Qed.

(* A step is one matrix on the right of all columns; it depends on E, s and the choice of columns only. *)
Theorem step_moves_columns E s DH DJ H J :
  columns (stepH E s DH H J) (stepJ E s DJ H J) = columns H J *m mover E s DH DJ.
Proof.
by rewrite /columns /mover /stepH /stepJ mul_row_block !mulmx1 !mulmxN -!scalemxAr !mulmxA [- _ + H]addrC.
Qed.

Lemma gram_mul (Q : 'M[R]_(N, b + a)) (X : 'M[R]_(b + a)) : gram (Q *m X) = X^T *m gram Q *m X.
Proof. by rewrite /gram trmx_mul !mulmxA. Qed.

(* What E and s may depend on is read off the Gram matrix: K, and the squared norm of the gradients. *)
Lemma gramE H J : gram (columns H J) = block_mx (J^T *m J) (J^T *m H) (kernel H J) (H^T *m H).
Proof. by rewrite /gram /columns tr_row_mx mul_col_row. Qed.

Theorem kernel_of_gram H J : kernel H J = dlsubmx (gram (columns H J)).
Proof. by rewrite gramE block_mxKdl. Qed.

Theorem norm_of_gram E H J : let G := gram (columns H J) in
  \tr ((gradH E J)^T *m gradH E J) + \tr ((gradJ E H)^T *m gradJ E H)
  = \tr (E *m ulsubmx G *m E^T) + \tr (E^T *m drsubmx G *m E).
Proof. by rewrite /= gramE block_mxKul block_mxKdr /gradH /gradJ !trmx_mul trmxK !mulmxA. Qed.
End Step.

(* Descent: E and s are any functions of the Gram matrix, as the gradient of a loss of K and the clip of its norm are. *)
Section Descent.
Variables (R : comRingType) (a b : nat) (DH : 'M[R]_a) (DJ : 'M[R]_b).
Variables (gradient : 'M[R]_(b + a) -> 'M[R]_(a, b)) (size : 'M[R]_(b + a) -> R).

Definition gram_of N (HJ : 'M[R]_(N, a) * 'M[R]_(N, b)) := gram (columns HJ.1 HJ.2).
Definition descend N (HJ : 'M[R]_(N, a) * 'M[R]_(N, b)) := let G := gram_of HJ in
  (stepH (gradient G) (size G) DH HJ.1 HJ.2, stepJ (gradient G) (size G) DJ HJ.1 HJ.2).
Definition gram_step (G : 'M[R]_(b + a)) :=
  let X := mover (gradient G) (size G) DH DJ in X^T *m G *m X.

Theorem descent_closes t N (HJ : 'M[R]_(N, a) * 'M[R]_(N, b)) :
  gram_of (iter t (@descend N) HJ) = iter t gram_step (gram_of HJ).
Proof. by elim: t => //= t <-; rewrite /gram_of /= step_moves_columns gram_mul. Qed.

(* Learners of any two sizes that agree in their Gram matrix agree in it for ever. *)
Theorem same_gram_for_ever t N N' (HJ : 'M[R]_(N, a) * 'M[R]_(N, b)) (HJ' : 'M[R]_(N', a) * 'M[R]_(N', b)) :
  gram_of HJ = gram_of HJ' -> gram_of (iter t (@descend N) HJ) = gram_of (iter t (@descend N') HJ').
Proof. by rewrite !descent_closes => ->. Qed.

(* With Q = Q0 F the factor F moves by the same matrix, at every step. *)
Theorem factor_moves N k (Q0 : 'M[R]_(N, k)) (F : 'M[R]_(k, b + a)) t (X : nat -> 'M[R]_(b + a)) :
  iteri t (fun i Q => Q *m X i) (Q0 *m F) = Q0 *m iteri t (fun i F => F *m X i) F.
Proof. by elim: t => //= t ->; rewrite mulmxA. Qed.
End Descent.

Print Assumptions chain_rule.
Print Assumptions step_moves_columns.
Print Assumptions kernel_of_gram.
Print Assumptions norm_of_gram.
Print Assumptions descent_closes.
Print Assumptions same_gram_for_ever.
Print Assumptions factor_moves.
