(* State feedback u = k1 x1 + k2 x2 of the double integrator (dt = 1): the total loss, where it is defined, is that of a
   positive definite matrix exactly in the triangle of stable gains. x, y, z are the entries of the matrix X = I + M X M^T. *)
Require Import Reals Lra Psatz.
Local Open Scope R_scope.

Section Gains.
Variables k1 k2 x y z : R.
Hypothesis E1 : x = 1 + x + 2 * y + z.
Hypothesis E2 : y = k1 * x + (1 + k2) * y + k1 * y + (1 + k2) * z.
Hypothesis E3 : z = 1 + k1 * k1 * x + 2 * k1 * (1 + k2) * y + (1 + k2) * (1 + k2) * z.
Let b := k2 - k1.
Let c := 4 + 2 * k2 - k1.

Lemma mixed_entry : y * (b * c) = 2 + k1 * (1 + k2) - (1 + k2) * (1 + k2).
Proof.
assert (Z : z = -1 - 2 * y) by lra.
assert (X : k1 * (k1 * x) = k1 * (y - (1 + k2) * y - k1 * y - (1 + k2) * z)) by (f_equal; lra).
unfold b, c; rewrite Z in *; lra.
Qed.

Lemma last_entry : z * (b * c) = - ((k1 * k1 - k1 * c) / 2 + 2).
Proof.
assert (Z : z = -1 - 2 * y) by lra. assert (Y := mixed_entry).
replace (z * (b * c)) with (- (b * c) - 2 * (y * (b * c))) by (rewrite Z; ring).
rewrite Y; unfold b, c; field.
Qed.

Lemma determinant : c <> 0 -> (x * z - y * y) * (- k1 * c * (b * b)) = (k1 - k2)^2 + (k1 - 1)^2.
Proof.
intros C; apply (Rmult_eq_reg_r c); [| exact C].
assert (Y := mixed_entry). assert (Z := last_entry).
assert (X : k1 * x = y - (1 + k2) * y - k1 * y - (1 + k2) * z) by lra.
assert (X' : (k1 * x) * (b * c) = (- k2 - k1) * (y * (b * c)) - (1 + k2) * (z * (b * c))) by (rewrite X; ring).
replace ((x * z - y * y) * (- k1 * c * (b * b)) * c)
  with (- ((k1 * x) * (b * c) * (z * (b * c))) + k1 * (y * (b * c)) * (y * (b * c))) by ring.
rewrite X', Y, Z; unfold b, c; field.
Qed.

Theorem definite_in_triangle : k1 <> 0 -> k2 <> k1 -> c <> 0 ->
  (x > 0 /\ x * z - y * y > 0) <-> (k1 < 0 /\ k2 < k1 /\ c > 0).
Proof.
intros A B C. assert (D := determinant C). assert (L := last_entry).
assert (B2 : b * b > 0) by (assert (b <> 0) by (unfold b; lra); nra).
assert (S : (k1 - k2)^2 + (k1 - 1)^2 > 0) by
  (replace ((k1 - k2)^2) with (b * b) by (unfold b; ring); assert (0 <= (k1 - 1)^2) by apply pow2_ge_0; lra).
assert (sign : x * z - y * y > 0 <-> - k1 * c > 0).
{ split; intros H.
  - apply Rnot_le_lt; intros N; assert (- k1 * c * (b * b) <= 0) by nra; nra.
  - apply Rnot_le_lt; intros N; assert (- k1 * c * (b * b) > 0) by nra; nra. }
rewrite sign; split.
- intros [X ac].
  assert (Zp : z > 0) by (apply sign in ac; apply Rnot_le_lt; intros N; nra).
  assert (bc : b * c < 0) by (apply Rnot_le_lt; intros N; nra).
  destruct (Rlt_or_le k1 0).
  + assert (c > 0) by nra. assert (b < 0) by nra. unfold b in *; repeat split; lra.
  + assert (c < 0) by nra. assert (b > 0) by nra. unfold b, c in *; exfalso; nra.
- intros (a & b' & c').
  assert (ac : - k1 * c > 0) by nra. split; [| exact ac].
  assert (bc : b * c < 0) by (unfold b in *; nra).
  assert (Zp : z > 0) by (apply Rnot_le_lt; intros N; nra).
  apply sign in ac; apply Rnot_le_lt; intros N; nra.
Qed.
End Gains.

Print Assumptions definite_in_triangle.
