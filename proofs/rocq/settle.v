(* Tactics for statements over all real numbers. *)
Require Import Reals Lra Psatz.
Local Open Scope R_scope.

(* Takes a statement apart until linear or quadratic reasoning closes each part. *)
Ltac settle := intros; intuition (try lra; try nra).

(* Products of numbers between 0 and a bound: what linear reasoning needs to know of monomials. *)
Lemma product_between a b u v : 0 <= u <= a -> 0 <= v <= b -> 0 <= u * v <= a * b.
Proof. intros [U A] [V B]; split; [apply Rmult_le_pos | apply Rmult_le_compat]; assumption. Qed.

(* E * E is not above r * r where E lies within r of 0. *)
Ltac square_within r :=
  match goal with H : ?E * ?E >= _ |- _ => assert (- r < E < r) by lra; nra end.
