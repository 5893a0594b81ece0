(* Tracking: while nothing is clamped, a batch of references acts through the moments of its coefficients. Any number of basis
   signals (2F for F harmonics), any horizon, any sizes. The state s starts at 0, s' = P s + Q r; the error is F s + G r. *)
From mathcomp Require Import all_ssreflect all_algebra.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Tracking.
Variables (R : comRingType) (n p q : nat).
Variables (P : 'M[R]_n) (Q : 'M[R]_(n, p)) (F : 'M[R]_(q, n)) (G : 'M[R]_(q, p)).

(* One column a trial. *)
Fixpoint state b (r : nat -> 'M[R]_(p, b)) t : 'M[R]_(n, b) := if t is t'.+1 then P *m state r t' + Q *m r t' else 0.
Definition error b (r : nat -> 'M[R]_(p, b)) t : 'M[R]_(q, b) := F *m state r t + G *m r t.

(* m basis signals and, a column a trial, their coefficients. *)
Theorem errors_are_linear m b (signals : nat -> 'M[R]_(p, m)) (coefficients : 'M[R]_(m, b)) t :
  error (fun i => signals i *m coefficients) t = error signals t *m coefficients.
Proof.
rewrite /error; have -> : state (fun i => signals i *m coefficients) t = state signals t *m coefficients.
  by elim: t => [|t IH] /=; rewrite ?mul0mx // IH mulmxDl !mulmxA.
by rewrite mulmxDl !mulmxA.
Qed.

Definition loss b (r : nat -> 'M[R]_(p, b)) T : R := \sum_(t < T) \tr ((error r t)^T *m error r t).

Theorem tracking_collapses m b (signals : nat -> 'M[R]_(p, m)) (coefficients : 'M[R]_(m, b)) T :
  loss (fun i => signals i *m coefficients) T
  = \sum_(t < T) \tr ((error signals t)^T *m error signals t *m (coefficients *m coefficients^T)).
Proof.
apply: eq_bigr => t _; rewrite errors_are_linear trmx_mul -mulmxA mxtrace_mulC.
by rewrite !mulmxA.
Qed.
End Tracking.

Print Assumptions errors_are_linear.
Print Assumptions tracking_collapses.
