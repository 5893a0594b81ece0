(* One step of gradient descent, of any sizes: what theorems about learning speak of. N units have the columns H = [Z^T V] and
   J = [M U]; the loss is a function of K = H^T J, with E = dL/dK; s is the size of the step. *)
From mathcomp Require Import all_ssreflect all_algebra.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Learning.
Variables (R : comRingType) (a b N : nat).
Implicit Types (E : 'M[R]_(a, b)) (s : R) (H : 'M[R]_(N, a)) (J : 'M[R]_(N, b)) (DH : 'M[R]_a) (DJ : 'M[R]_b).

Definition kernel H J : 'M[R]_(a, b) := H^T *m J.
Definition gradH E J : 'M[R]_(N, a) := J *m E^T.
Definition gradJ E H : 'M[R]_(N, b) := H *m E.

(* DH and DJ weigh the columns: 0 for those that are held fixed. *)
Definition stepH E s DH H J : 'M[R]_(N, a) := H - s *: (gradH E J *m DH).
Definition stepJ E s DJ H J : 'M[R]_(N, b) := J - s *: (gradJ E H *m DJ).
Definition columns H J : 'M[R]_(N, b + a) := row_mx J H.
Definition gram (Q : 'M[R]_(N, b + a)) : 'M[R]_(b + a) := Q^T *m Q.

(* The matrix by which one step multiplies all columns from the right. *)
Definition mover E s DH DJ : 'M[R]_(b + a) :=
  block_mx 1%:M (- (s *: (E^T *m DH))) (- (s *: (E *m DJ))) 1%:M.
End Learning.
