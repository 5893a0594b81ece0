(* A complex polynomial whose roots all lie in the left half-plane has no vanishing coefficient below its degree. For (Gauss
   and Lucas) the roots of its derivatives lie there too. *)
From mathcomp Require Import all_ssreflect all_algebra.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory Order.Theory.
Local Open Scope ring_scope.

Section HalfPlane.
Variable C : numClosedFieldType.
Implicit Types (p : {poly C}) (z : C).

Definition left_of_axis p := forall z, root p z -> 'Re z < 0.

Lemma Re_inv_gt0 (w : C) : 0 < 'Re w -> 0 < 'Re w^-1.
Proof.
move=> pos; have w0 : w != 0 by apply: contraTneq pos => ->; rewrite raddf0 ltxx.
rewrite invC_norm ReMl ?Re_conj; last by rewrite realV realX ?normr_real.
by rewrite mulr_gt0 // invr_gt0 exprn_gt0 // normr_gt0.
Qed.

Lemma logarithmic_derivative (rs : seq C) z : all (fun r => 'Re r < 0) rs -> 0 <= 'Re z ->
  let p := \prod_(r <- rs) ('X - r%:P) in
  [/\ p.[z] != 0, 0 <= 'Re (p^`().[z] / p.[z]) & rs != [::] -> 0 < 'Re (p^`().[z] / p.[z])].
Proof.
move=> roots half /=; elim: rs roots => [_|r rs IH /= /andP[r0 /IH [q0 ge0 _]]].
  by rewrite big_nil derivC horner0 hornerC mul0r raddf0 oner_neq0 lexx.
rewrite big_cons derivM derivXsubC mul1r hornerD !hornerM hornerXsubC.
set q := \prod_(j <- rs) _ in q0 ge0 *.
have w0 : 0 < 'Re (z - r) by rewrite raddfB subr_gt0 (lt_le_trans r0).
have w1 : z - r != 0 by apply: contraTneq w0 => ->; rewrite raddf0 ltxx.
have -> : (q.[z] + (z - r) * q^`().[z]) / ((z - r) * q.[z]) = (z - r)^-1 + q^`().[z] / q.[z].
  rewrite mulrDl; congr (_ + _).
    by rewrite invfM mulrCA divff // mulr1.
  by rewrite -mulf_div divff // mul1r.
have gt0 : 0 < 'Re ((z - r)^-1 + q^`().[z] / q.[z]) by rewrite raddfD ltr_paddr // Re_inv_gt0.
by rewrite mulf_neq0 // ltW.
Qed.

Theorem derivative_stays_left p : (1 < size p)%N -> left_of_axis p -> left_of_axis p^`().
Proof.
move=> large roots z; case: (closed_field_poly_normal p) => rs eq.
have p0 : lead_coef p != 0 by rewrite lead_coef_eq0 -size_poly_gt0 (ltn_trans _ large).
have all_left : all (fun r => 'Re r < 0) rs.
  apply/allP => r in_rs; apply: roots; rewrite eq rootZ // root_prod_XsubC //.
rewrite eq derivZ rootZ // => /eqP deriv0; rewrite real_ltNge ?Creal_Re ?rpred0 //.
apply/negP => half; have [_ _] := logarithmic_derivative all_left half.
rewrite deriv0 mul0r raddf0 ltxx => impossible; suff: false by []; apply: impossible.
apply: contraTneq large => rs0; by rewrite eq rs0 big_nil alg_polyC -leqNgt size_polyC_leq1.
Qed.

Theorem no_vanishing_coefficient p j : left_of_axis p -> (j < size p)%N -> p`_j != 0.
Proof.
elim: j p => [|j IH] p roots small.
  rewrite -horner_coef0; apply/negP => root0; have := roots 0 root0; by rewrite raddf0 ltxx.
have large : (1 < size p)%N by apply: leq_ltn_trans small.
have top : p^`()`_(size p).-2 != 0.
  rewrite coef_deriv mulrn_eq0 /=; have := lead_coef_eq0 p; rewrite lead_coefE.
  by case: (size p) large (size_poly_eq0 p) => [|[|n]] //= _ <- ->.
have small' : (j < size p^`())%N.
  rewrite ltnNge; apply: contra top => few; rewrite nth_default //.
  by apply: (leq_trans few); case: (size p) small => [|[|n]].
have := IH _ (derivative_stays_left large roots) small'.
by rewrite coef_deriv mulrn_eq0 /=.
Qed.

(* So where a coefficient vanishes there is a root that does not lie in the left half-plane. *)
Corollary root_right p j : (j < size p)%N -> p`_j = 0 -> exists2 z, root p z & 0 <= 'Re z.
Proof.
move=> small zero; case: (closed_field_poly_normal p) => rs eq.
have p0 : p != 0 by rewrite -size_poly_gt0 (leq_ltn_trans _ small).
have roots z : root p z = (z \in rs) by rewrite eq rootZ ?lead_coef_eq0 // root_prod_XsubC.
have [all_left|] := boolP (all (fun r => 'Re r < 0) rs).
  have left : left_of_axis p by move=> z; rewrite roots => /(allP all_left).
  by have := no_vanishing_coefficient left small; rewrite zero eqxx.
case/allPn => z in_rs; rewrite -real_leNgt ?Creal_Re ?rpred0 // => half.
by exists z; rewrite ?roots.
Qed.
End HalfPlane.
