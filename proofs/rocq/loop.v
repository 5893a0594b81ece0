(* The linear loop over any commutative ring: what theorems about it speak of. n states, p controls, c observations, rank r,
   N units, leak eta; V stands for the transpose of the theory's V. *)
From mathcomp Require Import all_ssreflect all_algebra.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.
Section Loop.
Variables (R : comRingType) (n p c r N : nat).
Variables (A : 'M[R]_n) (B : 'M[R]_(n,p)) (C : 'M[R]_(c,n)) (eta : R).
Variables (M : 'M[R]_(N,c)) (Z : 'M[R]_(p,N)) (U : 'M[R]_(N,r)) (V : 'M[R]_(r,N)).
Definition basis : 'M[R]_(N, c + r) := row_mx M U.
Definition coupled : 'M[R]_(n + N) := block_mx A (B *m Z) (eta *: (M *m C *m A))
  ((1 - eta)%:M + eta *: (U *m V) + eta *: (M *m C *m B *m Z)).
Definition embedding : 'M[R]_(n + N, n + (c + r)) := block_mx 1%:M 0 0 basis.
Definition effective : 'M[R]_(n + (c + r)) :=
  block_mx A (B *m (Z *m basis)) (col_mx (eta *: (C *m A)) 0)
  ((1 - eta)%:M + col_mx (eta *: (C *m B *m (Z *m basis))) (eta *: (V *m basis))).
(* Leaving the span: coupled = leak + embedding * drive, effective = leak' + drive * embedding. *)
Definition drive : 'M[R]_(n + (c + r), n + N) :=
  block_mx A (B *m Z) (col_mx (eta *: (C *m A)) 0)
           (col_mx (eta *: (C *m B *m Z)) (eta *: V)).
End Loop.

(* A chain of k integrators with step dt, seen at its first state and driven at its last: A = 1 + dt S, B = dt e_k, C = e_1^T. *)
Section Chain.
Variables (R : comRingType) (dt : R) (k : nat).
Definition chainA : 'M[R]_k := \matrix_(i, j) ((i == j)%:R + dt *+ (j == i.+1 :> nat)).
Definition chainB : 'M[R]_(k, 1) := \matrix_(i, j) (dt *+ (i.+1 == k :> nat)).
Definition chainC : 'M[R]_(1, k) := \matrix_(i, j) (j == 0%N :> nat)%:R.
(* det(lambda - P_eff) is lambda times chi, for rank 1 without a leak; q = vm zu. *)
Definition chi (zm vu q lambda : R) := (lambda - vu) * ((lambda - 1) ^+ k - dt ^+ k * zm) - dt ^+ k * q.
End Chain.
