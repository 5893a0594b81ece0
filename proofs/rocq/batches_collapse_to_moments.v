(* A quadratic loss sees a batch of starts through its moments X X^T only. Any sizes, any commutative ring. *)
From mathcomp Require Import all_ssreflect all_algebra.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Moments.
Variables (R : comRingType) (n : nat).

(* The batch is the matrix of its starts, one a column. *)
Definition moments B (X : 'M[R]_(n, B)) : 'M[R]_n := \sum_b col b X *m (col b X)^T.
Definition quadratic (Q : 'M[R]_n) (x : 'cV[R]_n) : R := (x^T *m Q *m x) 0 0.

Lemma momentsE B (X : 'M[R]_(n, B)) : moments X = X *m X^T.
Proof.
apply/matrixP=> i j; rewrite !mxE summxE; apply: eq_bigr => b _.
by rewrite !mxE big_ord1 !mxE.
Qed.

Lemma trace_moments B (Q : 'M[R]_n) (X : 'M[R]_(n, B)) : \tr (X^T *m Q *m X) = \tr (Q *m (X *m X^T)).
Proof. by rewrite -mulmxA mxtrace_mulC mulmxA. Qed.

Theorem batch_collapses B (Q : 'M[R]_n) (X : 'M[R]_(n, B)) :
  \sum_b quadratic Q (col b X) = \tr (Q *m moments X).
Proof.
rewrite momentsE -trace_moments; apply: eq_bigr => b _; rewrite /quadratic.
by rewrite !mxE; apply: eq_bigr => j _; rewrite !mxE; congr (_ * _); apply: eq_bigr => i _; rewrite !mxE.
Qed.

(* T steps of x' = P x scored by x^T Q x: n basis trajectories F, F F^T = X X^T, replace the B of the batch. *)
Fixpoint run (P : 'M[R]_n) t B (X : 'M[R]_(n, B)) := if t is t'.+1 then P *m run P t' X else X.
Definition loss (P Q : 'M[R]_n) T B (X : 'M[R]_(n, B)) :=
  \sum_(t < T) \sum_b quadratic Q (col b (run P t X)).

Lemma moments_run P t B (X : 'M[R]_(n, B)) B' (F : 'M[R]_(n, B')) :
  moments X = moments F -> moments (run P t X) = moments (run P t F).
Proof.
rewrite !momentsE => eq; elim: t => [|t IH] //=.
by rewrite !trmx_mul !mulmxA -!(mulmxA P) IH.
Qed.

Theorem loss_collapses P Q T B (X : 'M[R]_(n, B)) B' (F : 'M[R]_(n, B')) :
  moments X = moments F -> loss P Q T X = loss P Q T F.
Proof.
by move=> eq; apply: eq_bigr => t _; rewrite !batch_collapses (moments_run P t eq).
Qed.
End Moments.

Print Assumptions batch_collapses.
Print Assumptions loss_collapses.
