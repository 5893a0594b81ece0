(* The loop of the double integrator over the real numbers of the standard library (no leak, dt = 1, rank 1): what theorems
   about stability speak of. zm, vu and q stand for the order parameters sigma_zm, sigma_vu and q = sigma_vm sigma_zu. *)
Require Import Reals.
Local Open Scope R_scope.

(* chi = x^3 + b2 x^2 + b1 x + b0: the characteristic polynomial but for its root 0. *)
Definition b2 (vu : R) := - (vu + 2).
Definition b1 (zm vu : R) := 2 * vu - zm + 1.
Definition b0 (zm vu q : R) := vu * zm - vu - q.
Definition chi (zm vu q x : R) := x^3 + b2 vu * x^2 + b1 zm vu * x + b0 zm vu q.
Definition chi' (zm vu x : R) := 3 * x^2 + 2 * b2 vu * x + b1 zm vu.

(* Jury's conditions for x^2 + p x + m and for x^3 + c2 x^2 + c1 x + c0. *)
Definition jury2 (p m : R) := 1 + p + m > 0 /\ 1 - p + m > 0 /\ m < 1.
Definition jury3 (c2 c1 c0 : R) :=
  1 + c2 + c1 + c0 > 0 /\ 1 - c2 + c1 - c0 > 0 /\ c0 < 1 /\ c0 > -1 /\ 1 - c0^2 > c1 - c0 * c2.

(* Real and imaginary parts of these polynomials at x + iy, and: every root lies inside the unit circle. *)
Definition re2 (p m x y : R) := x^2 - y^2 + p * x + m.
Definition im2 (p x y : R) := 2 * x * y + p * y.
Definition re3 (c2 c1 c0 x y : R) := x^3 - 3 * x * y^2 + c2 * (x^2 - y^2) + c1 * x + c0.
Definition im3 (c2 c1 x y : R) := 3 * x^2 * y - y^3 + c2 * (2 * x * y) + c1 * y.
Definition schur2 (p m : R) := forall x y, re2 p m x y = 0 -> im2 p x y = 0 -> x^2 + y^2 < 1.
Definition schur3 (c2 c1 c0 : R) := forall x y, re3 c2 c1 c0 x y = 0 -> im3 c2 c1 x y = 0 -> x^2 + y^2 < 1.
Definition stable (zm vu q : R) := schur3 (b2 vu) (b1 zm vu) (b0 zm vu q).

(* The region of stability; the product of the three roots is s. *)
Definition product (zm vu q : R) := vu * (1 - zm) + q.
Definition region (zm vu q : R) := let s := product zm vu q in
  -1 < s < 1 /\ vu < s /\ (s - 2) * (s - vu) < zm /\ zm < vu - s /\ zm < 4 + 3 * vu + s.
