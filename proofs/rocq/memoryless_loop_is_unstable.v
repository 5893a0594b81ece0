(* Chains of two or more integrators need memory, and k of them need a memory of rank k - 1: for every number of units, any
   step, over the complex numbers (any closed field with a norm). "Not stable" is an eigenvalue lambda with |lambda| >= 1. *)
From mathcomp Require Import all_ssreflect all_algebra.
From Loop Require Import loop determinants chain effective_characteristic_polynomial spectrum_of_coupled_is_effective half_plane.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory Order.Theory.
Local Open Scope ring_scope.

Section Unstable.
Variables (C : numClosedFieldType) (dt : C) (k r N : nat).
Variables (M : 'M[C]_(N,1)) (Z : 'M[C]_(1,N)) (U : 'M[C]_(N,r)) (V : 'M[C]_(r,N)).
(* k.+1 integrators *)
Local Notation P eta := (coupled (chainA dt k.+1) (chainB dt k.+1) (chainC C k.+1) eta M Z U V).
Local Notation Peff eta := (effective (chainA dt k.+1) (chainB dt k.+1) (chainC C k.+1) eta M Z U V).
Definition unstable n (X : 'M[C]_n) := exists2 lambda : C, 1 <= `|lambda| & \det (lambda%:M - X) = 0.

Lemma outside (z : C) : 0 <= 'Re z -> 1 <= `|z + 1|.
Proof.
move=> half; apply: le_trans (leif_normC_Re_Creal (z + 1)).1.
have -> : 'Re (z + 1) = 'Re z + 1 by rewrite raddfD /= (Creal_ReP 1 (rpred1 _)).
rewrite ger0_norm; last by rewrite addr_ge0 ?ler01.
by rewrite -[X in X <= _]add0r ler_add2r.
Qed.

(* An eigenvalue of P_eff outside the circle is one of P. *)
Lemma unstable_coupled (eta : C) : `|1 - eta| < 1 -> unstable (Peff eta) -> unstable (P eta).
Proof.
move=> leak [lambda out root]; exists lambda => //.
have mu0 : lambda - 1 + eta != 0.
  apply: contraTneq out => zero; have -> : lambda = 1 - eta.
    by move/eqP: zero; rewrite addr_eq0 subr_eq addrC => /eqP.
  by rewrite -real_ltNge ?normr_real ?rpred1.
have := spectrum_at (chainA dt k.+1) (chainB dt k.+1) (chainC C k.+1) eta M Z U V lambda.
by rewrite /= root mulr0 => /eqP; rewrite mulf_eq0 expf_eq0 (negPf mu0) andbF orbF => /eqP.
Qed.

(* k.+1 integrators with a memory of rank r < k, whatever it is: the coefficient of mu^(r+1) vanishes, mu = lambda - 1. *)
Theorem rank_too_low : (r < k)%N -> unstable (P 1).
Proof.
move=> low; apply: unstable_coupled; first by rewrite subrr normr0 ltr01.
pose zm := (Z *m M) 0 0; pose d := dt ^+ k.+1.
pose W := V *m U - 1%:M; pose D := char_poly W.
pose Q : 'M[C]_(r + 1) := block_mx W (- (V *m M)) (- (Z *m U)) 0.
pose bordered := char_poly Q - ('X + zm%:P) * D.
pose f := 'X^k.+1 * D + d *: bordered.
have monic_1 : 'X + zm%:P \is monic by rewrite -[zm]opprK polyCN monicXsubC.
have size_1 : size (('X + zm%:P) * D) = r.+2.
  by rewrite (size_Mmonic (monic_neq0 monic_1) (char_poly_monic _)) size_XaddC size_char_poly.
have size_b : (size (d *: bordered) <= r.+2)%N.
  rewrite (leq_trans (size_scale_leq _ _)) // (leq_trans (size_add _ _)) // size_opp size_1 size_char_poly addn1.
  by rewrite maxnn.
have size_f : size f = (k.+1 + r.+1)%N.
  have first : size ('X^k.+1 * D) = (k.+1 + r.+1)%N.
    by rewrite (size_Mmonic (monic_neq0 (monicXn _ _)) (char_poly_monic _)) size_polyXn size_char_poly.
  rewrite size_addl first // (leq_ltn_trans size_b) // addSn !ltnS addnS ltnS.
  by rewrite -[X in (X < _)%N]add0n ltn_add2r (leq_ltn_trans _ low).
have coef_b : bordered`_r.+1 = 0.
  have lead (p : {poly C}) : p \is monic -> size p = r.+2 -> p`_r.+1 = 1 by move=> /monicP <- eq; rewrite lead_coefE eq.
  rewrite coefB !lead ?subrr ?char_poly_monic ?size_char_poly ?addn1 //.
  by rewrite monicMl // char_poly_monic.
have [||x root half] := @root_right _ f r.+1; first by rewrite size_f addSn ltnS leq_addl.
  by rewrite coefD coefXnM ltnS low coefZ coef_b mulr0 addr0.
exists (x + 1); first exact: outside.
have memory : x%:M - W = (x + 1)%:M - V *m U by rewrite /W opprB raddfD addrA addrAC.
rewrite chain_and_memory !scale1r mul1r !subrK addrK.
suff -> : \det (block_mx ((x + 1)%:M - V *m U) (V *m M) (Z *m U) (- (Z *m M))) = bordered.[x].
  move/eqP: root; rewrite /f hornerD hornerZ hornerM hornerXn char_poly_at memory => root.
  by rewrite mulrCA [d * _]mulrCA -mulrDr root mulr0.
rewrite -memory /bordered hornerD hornerN hornerM !char_poly_at hornerD hornerX hornerC.
have -> : x%:M - Q = block_mx (x%:M - W) (V *m M) (Z *m U) x%:M.
  by rewrite /Q scalar_mx_block opp_block_mx add_block_mx !opprK oppr0 addr0 !add0r.
have -> : block_mx (x%:M - W) (V *m M) (Z *m U) (- (Z *m M))
    = block_mx (x%:M - W) (V *m M) (1 *: (Z *m U) + (- (x + zm)) *: 0) (1 *: x%:M + (- (x + zm)) *: 1%:M).
  rewrite scaler0 addr0 !scale1r; congr block_mx.
  by rewrite scalemx1 -raddfD /= opprD addrA subrr add0r raddfN /= /zm -mx11_scalar.
by rewrite det_last_row det_ublock det1 mulr1 mul1r mulNr.
Qed.

Hypothesis memoryless : V *m M = 0 \/ Z *m U = 0.

(* Two or more integrators, no leak. *)
Theorem no_memory_no_stability : (0 < k)%N -> unstable (P 1).
Proof.
move=> two; apply: unstable_coupled; first by rewrite subrr normr0 ltr01.
set c : C := dt ^+ k.+1 * (Z *m M) 0 0.
have size_g : size ('X^k.+1 - c%:P) = k.+2.
  by rewrite size_addl ?size_polyXn // size_opp (leq_ltn_trans (size_polyC_leq1 _)).
have [||x] := @root_right _ ('X^k.+1 - c%:P) 1; first by rewrite size_g.
  by rewrite coefB coefXn coefC ltn_eqF //= subrr.
rewrite /root hornerD hornerN hornerC hornerXn subr_eq0 => /eqP xk half.
exists (x + 1); first exact: outside.
by rewrite chain_without_memory // addrK xk mul1r -/c subrr mulr0.
Qed.

(* Three or more, with a leak. *)
Theorem no_memory_no_stability_leak (eta : C) : (1 < k)%N -> `|1 - eta| < 1 -> unstable (P eta).
Proof.
move=> three leak; apply: unstable_coupled => //.
set c : C := eta * dt ^+ k.+1 * (Z *m M) 0 0.
pose g : {poly C} := 'X^k.+1 * ('X + eta%:P) - c *: ('X + 1%:P).
have size_1 (y : C) : size ('X + y%:P) = 2%N by rewrite size_XaddC.
have monic_1 (y : C) : 'X + y%:P \is monic by rewrite -[y]opprK polyCN monicXsubC.
have size_g : size g = k.+3.
  have first : size ('X^k.+1 * ('X + eta%:P)) = k.+3.
    by rewrite (size_Mmonic (monic_neq0 (monicXn _ _)) (monic_1 _)) size_polyXn size_1 addn2.
  by rewrite size_addl first // size_opp (leq_ltn_trans (size_scale_leq _ _)) // size_1.
have [||x] := @root_right _ g 2; first by rewrite size_g.
  by rewrite coefB coefXnM ltnS three coefZ coefD coefX coefC /= addr0 mulr0 subr0.
rewrite /root /g !hornerE => /eqP root half.
exists (x + 1); first exact: outside.
rewrite chain_without_memory // addrK; apply/eqP; rewrite mulf_eq0; apply/orP; right.
by rewrite -/c; apply/eqP; rewrite -[RHS]root hornerXn.
Qed.
End Unstable.

Print Assumptions no_memory_no_stability.
Print Assumptions no_memory_no_stability_leak.
Print Assumptions rank_too_low.
