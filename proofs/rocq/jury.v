(* Jury's conditions of a real cubic hold exactly if all its complex roots lie inside the unit circle. The cubic has a real
   root r (intermediate value), which is split off; what is left is a quadratic. No library of complex numbers is needed. *)
Require Import Reals Lra Psatz.
From Loop Require Import loop_over_reals.
Local Open Scope R_scope.

Lemma pos_left a b : a * b > 0 -> a > 0 -> b > 0.
Proof. intros H A; apply Rnot_le_lt; intro; nra. Qed.
Lemma neg_left a b : a * b > 0 -> a < 0 -> b < 0.
Proof. intros H A; apply Rnot_le_lt; intro; nra. Qed.
Lemma nonzero_left a b : a * b > 0 -> a <= 0 -> a < 0.
Proof. intros H A; destruct A as [A | A]; [exact A | subst; lra]. Qed.

Lemma squares_vanish a b : a^2 + b^2 = 0 -> a = 0 /\ b = 0.
Proof.
intros H; assert (A := pow2_ge_0 a); assert (B := pow2_ge_0 b).
split; apply Rsqr_0_uniq; unfold Rsqr; lra.
Qed.

Lemma schur2_jury2 p m : schur2 p m <-> jury2 p m.
Proof.
unfold schur2, jury2, re2, im2; split.
- intros H; destruct (Rlt_or_le (p^2 - 4 * m) 0) as [D | D].
  + assert (S : sqrt (4 * m - p^2) ^ 2 = 4 * m - p^2) by (apply pow2_sqrt; lra).
    set (w := sqrt (4 * m - p^2)) in *.
    assert (m < 1).
    { assert (X : (- p / 2)^2 + (w / 2)^2 < 1) by (apply H; [nra | field]). nra. }
    repeat split; nra.
  + assert (S : sqrt (p^2 - 4 * m) ^ 2 = p^2 - 4 * m) by (apply pow2_sqrt; lra).
    set (w := sqrt (p^2 - 4 * m)) in *.
    set (u := (- p + w) / 2); set (v := (- p - w) / 2).
    assert (U : u^2 + 0^2 < 1) by (apply H; [unfold u; nra | ring]).
    assert (V : v^2 + 0^2 < 1) by (apply H; [unfold v; nra | ring]).
    assert (U1 : -1 < u < 1) by nra.
    assert (V1 : -1 < v < 1) by nra.
    assert (Ep : p = - (u + v)) by (unfold u, v; field).
    assert (Em : m = u * v) by (unfold u, v; nra).
    clearbody u v; subst p m; repeat split; nra.
- intros (A & B & C) x y E F.
  destruct (Req_dec y 0) as [Y | Y].
  + subst y.
    assert (x < 1) by (apply Rnot_le_lt; intro; nra).
    assert (-1 < x) by (apply Rnot_le_lt; intro; nra).
    nra.
  + assert (X : 2 * x + p = 0) by (apply (Rmult_eq_reg_r y); [lra | exact Y]).
    nra.
Qed.

(* With one real root r split off. *)
Lemma jury3_split r p m : jury3 (p - r) (m - r * p) (- (r * m)) <-> -1 < r < 1 /\ jury2 p m.
Proof.
unfold jury3, jury2.
assert (E1 : 1 + (p - r) + (m - r * p) + - (r * m) = (1 - r) * (1 + p + m)) by ring.
assert (E2 : 1 - (p - r) + (m - r * p) - - (r * m) = (1 + r) * (1 - p + m)) by ring.
assert (E3 : 1 - (- (r * m))^2 - (m - r * p - - (r * m) * (p - r)) = (1 - m) * (1 + r * p + r^2 * m)) by ring.
rewrite E1, E2.
split.
- intros (A & B & C & D & F).
  assert (G : (1 - m) * (1 + r * p + r^2 * m) > 0) by lra.
  assert (r < 1).
  { apply Rnot_le_lt; intro L.
    assert (L' := nonzero_left _ _ A ltac:(lra)).
    assert (X := neg_left _ _ A L'). assert (Y := pos_left _ _ B ltac:(lra)).
    assert (m < 1) by nra.
    assert (Z := pos_left _ _ G ltac:(lra)).
    assert ((1 - r) * (1 - r * m) < 0) by nra.
    assert (r * (1 + p + m) < 0) by nra. lra. }
  assert (-1 < r).
  { apply Rnot_le_lt; intro L.
    assert (L' := nonzero_left _ _ B ltac:(lra)).
    assert (X := neg_left _ _ B L'). assert (Y := pos_left _ _ A ltac:(lra)).
    assert (m < 1) by nra.
    assert (Z := pos_left _ _ G ltac:(lra)).
    assert ((1 + r) * (1 + r * m) < 0) by nra.
    assert (- r * (1 - p + m) < 0) by nra. lra. }
  assert (X := pos_left _ _ A ltac:(lra)). assert (Y := pos_left _ _ B ltac:(lra)).
  repeat split; try lra.
  apply Rnot_le_lt; intro L.
  assert (L' := nonzero_left _ _ G ltac:(lra)).
  assert (Z := neg_left _ _ G L').
  destruct (Rle_or_lt 0 r).
  + assert ((1 - r) * (1 - r * m) > 0) by nra.
    assert (r * (1 + p + m) >= 0) by nra. lra.
  + assert ((1 + r) * (1 + r * m) > 0) by nra.
    assert (- r * (1 - p + m) >= 0) by nra. lra.
- intros ((A1 & A2) & B & C & D).
  assert (-1 < m) by lra.
  assert (1 + r * p + r^2 * m > 0).
  { destruct (Rle_or_lt 0 r).
    - assert (r * (1 - m) >= 0) by nra.
      assert ((1 - r) * (1 - r * m) > 0) by (apply Rmult_gt_0_compat; lra).
      assert (r * (1 + p + m) >= 0) by nra. lra.
    - assert (- r * (1 - m) >= 0) by nra.
      assert ((1 + r) * (1 + r * m) > 0) by (apply Rmult_gt_0_compat; lra).
      assert (- r * (1 - p + m) >= 0) by nra. lra. }
  assert ((1 - m) * (1 + r * p + r^2 * m) > 0) by nra.
  repeat split; nra.
Qed.

Lemma schur3_split r p m : schur3 (p - r) (m - r * p) (- (r * m)) <-> -1 < r < 1 /\ schur2 p m.
Proof.
unfold schur3, schur2.
assert (E : forall x y, re3 (p - r) (m - r * p) (- (r * m)) x y = (x - r) * re2 p m x y - y * im2 p x y)
  by (intros; unfold re3, re2, im2; ring).
assert (F : forall x y, im3 (p - r) (m - r * p) x y = (x - r) * im2 p x y + y * re2 p m x y)
  by (intros; unfold im3, re2, im2; ring).
split.
- intros H; split.
  + assert (r^2 + 0^2 < 1) by (apply H; [rewrite E | rewrite F]; ring). nra.
  + intros x y X Y; apply H; [rewrite E | rewrite F]; rewrite X, Y; ring.
- intros (A & H) x y X Y; rewrite E in X; rewrite F in Y.
  assert (Z : ((x - r)^2 + y^2) * (re2 p m x y ^2 + im2 p x y ^2) = 0).
  { replace (((x - r)^2 + y^2) * (re2 p m x y ^2 + im2 p x y ^2)) with
      (((x - r) * re2 p m x y - y * im2 p x y)^2 + ((x - r) * im2 p x y + y * re2 p m x y)^2) by ring.
    rewrite X, Y; ring. }
  apply Rmult_integral in Z; destruct Z as [Z | Z].
  + apply squares_vanish in Z; destruct Z as [Zx Zy].
    assert (x = r) by lra. subst x y; nra.
  + apply squares_vanish in Z; apply H; apply Z.
Qed.

(* A real cubic has a real root. *)
Lemma real_root c2 c1 c0 : exists r, r^3 + c2 * r^2 + c1 * r + c0 = 0.
Proof.
set (f := fun x => x^3 + c2 * x^2 + c1 * x + c0).
set (K := 1 + Rabs c2 + Rabs c1 + Rabs c0).
assert (a2 := Rle_abs c2). assert (a1 := Rle_abs c1). assert (a0 := Rle_abs c0).
assert (n2 := Rle_abs (- c2)). assert (n1 := Rle_abs (- c1)). assert (n0 := Rle_abs (- c0)).
rewrite Rabs_Ropp in n2, n1, n0.
assert (p2 := Rabs_pos c2). assert (p1 := Rabs_pos c1). assert (p0 := Rabs_pos c0).
set (A2 := Rabs c2) in *; set (A1 := Rabs c1) in *; set (A0 := Rabs c0) in *.
assert (K1 : 1 <= K) by (unfold K; lra).
assert (K2 : K <= K^2) by nra.
assert (K0 : 1 <= K^2) by lra.
assert (B2 : - (A2 * K^2) <= c2 * K^2 <= A2 * K^2) by nra.
assert (B1 : - (A1 * K^2) <= c1 * K <= A1 * K^2) by nra.
assert (B0 : - (A0 * K^2) <= c0 <= A0 * K^2) by nra.
assert (B3 : K^3 = K^2 + A2 * K^2 + A1 * K^2 + A0 * K^2) by (replace (K^3) with (K * K^2) by ring; unfold K at 1; ring).
destruct (IVT f (- K) K) as [r [_ Hr]].
- unfold f; reg.
- lra.
- unfold f; replace ((- K)^3) with (- K^3) by ring; replace ((- K)^2) with (K^2) by ring; lra.
- unfold f; lra.
- exists r; exact Hr.
Qed.

Theorem jury_is_schur c2 c1 c0 : jury3 c2 c1 c0 <-> schur3 c2 c1 c0.
Proof.
destruct (real_root c2 c1 c0) as [r Hr].
set (p := c2 + r). set (m := c1 + r * p).
assert (E2 : c2 = p - r) by (unfold p; ring).
assert (E1 : c1 = m - r * p) by (unfold m; ring).
assert (E0 : c0 = - (r * m)) by (unfold m, p; lra).
rewrite E2, E1, E0, jury3_split, schur3_split, schur2_jury2; reflexivity.
Qed.

