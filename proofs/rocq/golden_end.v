(* The golden end of training: rank 1 on the double integrator (dt = 1, no leak), the loss summed over all time, of starts of variance 1.
   There the loss is 6 + 7 phi, all its partial derivatives vanish, and the third root of chi is 0. f stands for phi. *)
Require Import Reals Lra Psatz.
From Loop Require Import loop_over_reals.
Local Open Scope R_scope.

(* The first step moves the plant alone. From then on x' = x + v, v' = v + zm x + zu w and w' = vm x + vu w, where w is what the unit
   of memory holds: xx, xv, ... are the sums over time of the moments, which solve the equations of the next step. *)
Section Moments.
Variables zm zu vm vu xx xv xw vv vw ww : R.
Definition settled := 
  xx = 2 + (xx + 2 * xv + vv)
  /\ xv = 1 + (xv + zm * xx + zu * xw + vv + zm * xv + zu * vw)
  /\ xw = vm * xx + vu * xw + vm * xv + vu * vw
  /\ vv = 1 + (vv + zm * zm * xx + zu * zu * ww + 2 * zm * xv + 2 * zu * vw + 2 * zm * zu * xw)
  /\ vw = vm * xv + vu * vw + zm * vm * xx + zm * vu * xw + zu * vm * xw + zu * vu * ww
  /\ ww = vm * vm * xx + 2 * vm * vu * xw + vu * vu * ww.
Definition loss := 2 + xx + vv.
End Moments.

Section Golden.
Variable f : R.
Hypothesis F : f * f = f + 1.
(* Numbers (a + b phi)/5. *)
Let g (a b : R) := (a + b * f) / 5.

Theorem golden_moments : settled (- f) 1 (2 * f) (2 - 2 * f)
  (g 16 23) (g (-7) (-6)) (g 22 36) (g 4 12) (g (-14) (-22)) (g 44 72).
Proof. unfold settled, g; repeat split; nra. Qed.

Theorem golden_loss : loss (g 16 23) (g 4 12) = 6 + 7 * f.
Proof. unfold loss, g; lra. Qed.

(* Around it, for any parameters and moments: every term has two factors that vanish at the golden end. So all partial
   derivatives of the loss vanish there, in every direction. *)
Theorem golden_is_critical zm zu vm vu xx xv xw vv vw ww : settled zm zu vm vu xx xv xw vv vw ww ->
  let (dzm, dzu) := (zm + f, zu - 1) in let (dvm, dvu) := (vm - 2 * f, vu - (2 - 2 * f)) in
  let '(dxx, dxv, dxw) := (xx - g 16 23, xv - g (-7) (-6), xw - g 22 36) in
  let (dvw, dww) := (vw - g (-14) (-22), ww - g 44 72) in
  loss xx vv = 6 + 7 * f
    + 2 * (dzm * (g (-8) (-9) * dxx + g 9 17 * dxv + g 8 9 * dxw) + dzu * (g (-8) (-9) * dxw + g 9 17 * dvw + g 8 9 * dww)
         + dvm * (g (-1) (-3) * dxx + g 3 4 * dxv + g 1 3 * dxw) + dvu * (g (-1) (-3) * dxw + g 3 4 * dvw + g 1 3 * dww))
    + (g 16 23 * (dzm * dzm * xx + 2 * dzm * dzu * xw + dzu * dzu * ww)
       + 2 * g 7 11 * (dzm * dvm * xx + (dzm * dvu + dzu * dvm) * xw + dzu * dvu * ww)
       + g 4 7 * (dvm * dvm * xx + 2 * dvm * dvu * xw + dvu * dvu * ww)).
Proof.
intros (E1 & E2 & E3 & E4 & E5 & E6); cbv zeta beta iota.
apply Rminus_diag_uniq; unfold loss, g.
set (r1 := xx - (2 + (xx + 2 * xv + vv))). set (r2 := xv - (1 + (xv + zm * xx + zu * xw + vv + zm * xv + zu * vw))).
set (r3 := xw - (vm * xx + vu * xw + vm * xv + vu * vw)).
set (r4 := vv - (1 + (vv + zm * zm * xx + zu * zu * ww + 2 * zm * xv + 2 * zu * vw + 2 * zm * zu * xw))).
set (r5 := vw - (vm * xv + vu * vw + zm * vm * xx + zm * vu * xw + zu * vm * xw + zu * vu * ww)).
set (r6 := ww - (vm * vm * xx + 2 * vm * vu * xw + vu * vu * ww)).
transitivity ((9 + 12 * f) / 5 * r1 + 2 * ((-7 + -6 * f) / 5) * r2 + 2 * ((-4 + -7 * f) / 5) * r3
  + (16 + 23 * f) / 5 * r4 + 2 * ((7 + 11 * f) / 5) * r5 + (4 + 7 * f) / 5 * r6
  + - (28 * f * ww - 12 * f * xw + 7 * f * xx - 10 * f + 28 * vm * xw - 6 * vm * xx - 6 * vm + 28 * vu * ww - 6 * vu * xw
    - 8 * vu + 16 * vw + 44 * ww * zu - 44 * ww + 18 * xv + 44 * xw * zm + 2 * xw * zu - 12 * xw + 2 * xx * zm + 5 * xx
    - 6 * zm + 20 * zu - 4) / 5 * (f * f - f - 1)).
- unfold r1, r2, r3, r4, r5, r6; field.
- assert (r1 = 0) as -> by (unfold r1; lra). assert (r2 = 0) as -> by (unfold r2; lra).
  assert (r3 = 0) as -> by (unfold r3; lra). assert (r4 = 0) as -> by (unfold r4; lra).
  assert (r5 = 0) as -> by (unfold r5; lra). assert (r6 = 0) as -> by (unfold r6; lra).
  rewrite F; field.
Qed.

(* chi has the double root 2 - phi = 1/phi^2 and the root 0. *)
Theorem golden_roots x : chi (- f) (2 - 2 * f) (2 * f) x = x * (x - (2 - f)) ^ 2.
Proof.
unfold chi, b2, b1, b0.
apply Rminus_diag_uniq; transitivity ((2 - x) * (f * f - f - 1)); [ring | rewrite F; ring].
Qed.
End Golden.

Print Assumptions golden_moments.
Print Assumptions golden_loss.
Print Assumptions golden_is_critical.
Print Assumptions golden_roots.
