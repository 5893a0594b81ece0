(* Determinants of block matrices over a commutative ring: no inverses are needed. *)
From mathcomp Require Import all_ssreflect all_algebra.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Blocks.
Variable R : comRingType.

Lemma det_cast n n' (e : n = n') (X : 'M[R]_n) : \det (castmx (e, e) X) = \det X.
Proof. by case: n' / e. Qed.

Lemma det_mulC a b (e : a = b) (X : 'M[R]_(a, b)) (Y : 'M[R]_(b, a)) : \det (X *m Y) = \det (Y *m X).
Proof. by subst b; rewrite !det_mulmx mulrC. Qed.

Lemma det_swap a b (X : 'M[R]_a) (Y : 'M[R]_(a, b)) (Z : 'M[R]_(b, a)) (W : 'M[R]_b) :
  \det (block_mx W Z Y X) = \det (block_mx X Y Z W).
Proof.
pose Q : 'M[R]_(a + b, b + a) := block_mx 0 1%:M 1%:M 0.
pose Q' : 'M[R]_(b + a, a + b) := block_mx 0 1%:M 1%:M 0.
have -> : block_mx W Z Y X = Q' *m (block_mx X Y Z W *m Q).
  by rewrite !mulmx_block !mulmx0 !mulmx1 !mul0mx !mul1mx !addr0 !add0r.
rewrite (det_mulC (addnC b a)) -mulmxA.
have -> : Q *m Q' = 1%:M by rewrite mulmx_block !mulmx0 !mul0mx !mulmx1 !addr0 !add0r -scalar_mx_block.
by rewrite mulmx1.
Qed.

Lemma det_blockA m1 m2 m3 (X : 'M[R]_m1) (Xr : 'M[R]_(m1, m2)) (Xrr : 'M[R]_(m1, m3))
    (Y : 'M[R]_(m2, m1)) (Yr : 'M[R]_m2) (Yrr : 'M[R]_(m2, m3))
    (Z : 'M[R]_(m3, m1)) (Zr : 'M[R]_(m3, m2)) (Zrr : 'M[R]_m3) :
  \det (block_mx X (row_mx Xr Xrr) (col_mx Y Z) (block_mx Yr Yrr Zr Zrr))
  = \det (block_mx (block_mx X Xr Y Yr) (col_mx Xrr Yrr) (row_mx Z Zr) Zrr).
Proof. by rewrite -[RHS](det_cast (esym (addnA m1 m2 m3))) block_mxA. Qed.

(* Linear in the last row. *)
Lemma det_last_row m (G : 'M[R]_m) (W : 'cV[R]_m) (e f : 'rV[R]_m) (x y : 'M[R]_1) b c :
  \det (block_mx G W (b *: e + c *: f) (b *: x + c *: y))
  = b * \det (block_mx G W e x) + c * \det (block_mx G W f y).
Proof.
have others (e' e'' : 'rV[R]_m) (x' x'' : 'M[R]_1) : row' (rshift m ord0) (block_mx G W e' x') = row' (rshift m ord0) (block_mx G W e'' x'').
  apply/matrixP=> i j; rewrite mxE [RHS]mxE.
  case: (split_ordP (lift (rshift m ord0) i)) => [i' -> | i' eq].
    by case: (split_ordP j) => j' ->; rewrite ?block_mxEul ?block_mxEur.
  by move/eqP: eq; rewrite (ord1 i') eq_sym (negPf (neq_lift _ _)).
apply: (@determinant_multilinear _ _ _ _ _ (rshift m ord0)); try exact: others.
have last : split (rshift m (ord0 : 'I_1)) = inr ord0 by exact: (unsplitK (inr _)).
by apply/rowP=> j; rewrite /block_mx !mxE last !mxE; case: (split j) => j'; rewrite !mxE.
Qed.
Lemma det_1_1 (x y z w : 'M[R]_1) :
  \det (block_mx x y z w : 'M_(1 + 1)) = x 0 0 * w 0 0 - y 0 0 * z 0 0.
Proof.
have det2 (X : 'M[R]_(1 + 1)) : \det X = X (lshift 1 ord0) (lshift 1 ord0) * X (rshift 1 ord0) (rshift 1 ord0)
    - X (lshift 1 ord0) (rshift 1 ord0) * X (rshift 1 ord0) (lshift 1 ord0).
  have e0 : ord0 = lshift 1 ord0 :> 'I_(1 + 1) by exact: val_inj.
  have e1 : lift ord0 ord0 = rshift 1 ord0 :> 'I_(1 + 1) by exact: val_inj.
  have e2 : lift (rshift 1 ord0) ord0 = lshift 1 ord0 :> 'I_(1 + 1) by exact: val_inj.
  rewrite (expand_det_row X ord0) !big_ord_recl big_ord0 /cofactor !det_mx11 addr0 !mxE.
  by rewrite e1 e2 e0 /= expr0 mul1r expr1 mulN1r mulrN.
by rewrite det2 block_mxEul block_mxEur block_mxEdl block_mxEdr.
Qed.
Lemma char_poly_at n (X : 'M[R]_n) (x : R) : (char_poly X).[x] = \det (x%:M - X).
Proof.
rewrite /char_poly -horner_evalE -det_map_mx; congr (\det _).
by apply/matrixP=> i j; rewrite !mxE /= /horner_eval hornerD hornerN hornerC hornerMn hornerX.
Qed.
End Blocks.
