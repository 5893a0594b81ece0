(* The eigenvalues of P are those of P_eff and 1 - eta, of any sizes: det(X - P) (X - 1 + eta)^(c+r) = (X - 1 + eta)^N det(X - P_eff). *)
From mathcomp Require Import all_ssreflect all_algebra.
From Loop Require Import loop determinants.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

(* Sylvester's determinant identity with weights: no inverse is needed. *)
Lemma sylvester (R : comRingType) (a b : nat) (D : 'M[R]_a) (D' : 'M[R]_b)
    (S : 'M[R]_(a, b)) (E : 'M[R]_(b, a)) :
  D *m S = S *m D' -> \det (D - S *m E) * \det D' = \det D * \det (D' - E *m S).
Proof.
move=> DS.
have detl (X : 'M[R]_(b, a)) : \det (block_mx 1%:M 0 X 1%:M : 'M_(a + b)) = 1.
  by rewrite det_lblock !det1 mulr1.
have detu (X : 'M[R]_(a, b)) : \det (block_mx 1%:M X 0 1%:M : 'M_(a + b)) = 1.
  by rewrite det_ublock !det1 mulr1.
have e1 : \det (block_mx D (S *m D') E D') = \det D * \det (D' - E *m S).
  rewrite -(det_lblock D E) -[LHS]mulr1 -(detu (- S)) -det_mulmx; congr (\det _).
  by rewrite mulmx_block !mulmx1 !mulmx0 !addr0 !mulmxN DS addNr addrC.
have e2 : \det (block_mx D S E 1%:M) = \det (D - S *m E).
  rewrite -[LHS]mulr1 -[X in _ * X](detl (- E)) -det_mulmx mulmx_block !mulmx1 !mulmx0 mulmxN mul1mx !add0r subrr.
  by rewrite det_ublock det1 mulr1.
rewrite -e1 -e2 -[\det D']mul1r -[X in X * \det D'](det1 R a) -(det_lblock 1%:M 0 D') -det_mulmx; congr (\det _).
by rewrite mulmx_block !mulmx1 !mulmx0 !addr0 !add0r mul1mx.
Qed.

Section Spectrum.
Variables (R : comRingType) (n p c r N : nat).
Variables (A : 'M[R]_n) (B : 'M[R]_(n,p)) (C : 'M[R]_(c,n)) (eta : R).
Variables (M : 'M[R]_(N,c)) (Z : 'M[R]_(p,N)) (U : 'M[R]_(N,r)) (V : 'M[R]_(r,N)).
Local Notation P := (coupled A B C eta M Z U V).
Local Notation Peff := (effective A B C eta M Z U V).
Local Notation S := (embedding n M U).
Local Notation E := (drive A B C eta Z V).
Local Notation leak m := (block_mx 0 0 0 (1 - eta)%:M : 'M[R]_(n + m)).

Lemma coupledE : P = leak N + S *m E.
Proof.
rewrite /coupled /embedding /drive mulmx_block !mul1mx !mul0mx !addr0 !add0r add_block_mx !add0r.
congr block_mx; rewrite /basis mul_row_col.
- by rewrite mulmx0 addr0 -scalemxAr mulmxA.
- by rewrite -!scalemxAr !mulmxA -addrA [eta *: _ + _]addrC.
Qed.

Lemma effectiveE : Peff = leak (c + r) + E *m S.
Proof.
rewrite /effective /embedding /drive mulmx_block !mulmx1 !mulmx0 !addr0 !add0r add_block_mx !add0r.
congr block_mx; first by rewrite mulmxA.
by rewrite mul_col_mx -!scalemxAl !mulmxA.
Qed.

(* lambda I minus the leak *)
Local Notation weight m := (block_mx 'X%:M 0 0 ('X - (1 - eta)%:P)%:M : 'M[{poly R}]_(n + m)).

Lemma weightE m : 'X%:M - map_mx polyC (leak m) = weight m.
Proof.
rewrite map_block_mx !map_mx0 map_scalar_mx scalar_mx_block opp_block_mx add_block_mx !subr0.
by congr block_mx; rewrite [RHS]raddfB.
Qed.

(* The law, for every number of units N, also below c + r. *)
Theorem spectrum :
  char_poly P * ('X - (1 - eta)%:P) ^+ (c + r) = ('X - (1 - eta)%:P) ^+ N * char_poly Peff.
Proof.
apply: (monic_lreg (monicXn R n)) => /=.
have key := @sylvester _ _ _ (weight N) (weight (c + r)) (map_mx polyC S) (map_mx polyC E).
have comm : weight N *m map_mx polyC S = map_mx polyC S *m weight (c + r).
  rewrite map_block_mx !map_mx0 map_mx1 !mulmx_block !mulmx1 !mul1mx !mulmx0 !mul0mx !addr0 !add0r.
  by rewrite mul_scalar_mx mul_mx_scalar.
move: (key comm); rewrite !det_ublock !det_scalar /char_poly /char_poly_mx.
rewrite coupledE effectiveE !map_mxD !map_mxM !opprD !addrA !weightE => eq.
by rewrite mulrCA eq mulrA.
Qed.

(* With enough units, the N - c - r further eigenvalues are 1 - eta. *)
Corollary spectrum_surplus : (c + r <= N)%N ->
  char_poly P = ('X - (1 - eta)%:P) ^+ (N - (c + r)) * char_poly Peff.
Proof.
move=> le; apply: (monic_rreg (monic_exp (c + r) (monicXsubC (1 - eta)))).
rewrite spectrum; move: (char_poly Peff) => chi.
by rewrite -[X in _ ^+ X](subnK le) exprD mulrAC.
Qed.

(* At a number lambda. *)
Corollary spectrum_at (lambda : R) : let mu := lambda - 1 + eta in
  \det (lambda%:M - P) * mu ^+ (c + r) = mu ^+ N * \det (lambda%:M - Peff).
Proof.
move=> mu; move/(congr1 (horner^~ lambda)): spectrum.
by rewrite !hornerM !horner_exp hornerXsubC !char_poly_at opprB addrA addrAC.
Qed.
End Spectrum.

Print Assumptions spectrum.
Print Assumptions spectrum_surplus.
Print Assumptions spectrum_at.
