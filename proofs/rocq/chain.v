(* Chains of integrators in closed loop, of any length k >= 1: the determinant of the chain with anything around it. *)
From mathcomp Require Import all_ssreflect all_algebra.
From Loop Require Import loop determinants.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Chain.
Variables (R : comRingType) (dt lambda : R).
Local Notation A := (chainA dt). Local Notation B := (chainB dt). Local Notation C := (chainC R).
Local Notation mu := (lambda - 1).

(* z' = ... around the chain: G acts on z, e z drives the chain, w takes in what is seen of it. *)
Definition weight k : 'M[R]_k := lambda%:M - A k.
Definition seen k m (w : 'cV[R]_m) : 'M[R]_(m, k) := - (w *m C k).
Definition driven k m (e : 'rV[R]_m) : 'M[R]_(k, m) := - (B k *m e).
Definition around k m (G : 'M[R]_m) (w : 'cV[R]_m) (e : 'rV[R]_m) : 'M[R]_(m + k) :=
  block_mx G (seen k w) (driven k e) (weight k).

(* A chain is an integrator in front of a shorter chain. *)
Lemma weight_cons k : weight k.+2 = block_mx mu%:M (- (dt *: C k.+1)) 0 (weight k.+1) :> 'M_(1 + k.+1).
Proof.
apply/matrixP=> i j; rewrite /block_mx !mxE.
case: (split_ordP i) => i' ->; rewrite !mxE; case: (split_ordP j) => j' ->;
  rewrite !mxE ?(ord1 i') ?(ord1 j') -?val_eqE /=.
- by rewrite mulr0n addr0 !mulr1n.
- by rewrite mulr0n !add0r add1n eqSS mulr_natr.
- by rewrite !mulr0n addr0 oppr0 addr0.
- by rewrite !add1n !eqSS.
Qed.

Lemma driven_cons k m (e : 'rV[R]_m) : driven k.+2 e = col_mx 0 (driven k.+1 e) :> 'M_(1 + k.+1, m).
Proof.
apply/matrixP=> i j; case: (split_ordP i) => i' ->; rewrite ?col_mxEu ?col_mxEd !mxE !big_ord1 !mxE //.
by rewrite (ord1 i') mulr0n mul0r oppr0.
Qed.

Lemma seen_cons k m (w : 'cV[R]_m) : seen k.+2 w = row_mx (- w) 0 :> 'M_(m, 1 + k.+1).
Proof.
apply/matrixP=> i j; case: (split_ordP j) => j' ->; rewrite ?row_mxEl ?row_mxEr !mxE !big_ord1 !mxE.
  by rewrite (ord1 j') mulr1.
by rewrite mulr0 oppr0.
Qed.

Lemma flip m (G : 'M[R]_m) w e : \det (block_mx G (- w) e 0 : 'M_(m + 1)) = - \det (block_mx G w e 0).
Proof.
have -> : block_mx G (- w) e 0 = block_mx G w e 0 *m block_mx 1%:M 0 0 (- 1%:M) :> 'M_(m + 1).
  by rewrite mulmx_block !mulmx0 !mulmx1 !mul0mx !mulmxN !mulmx1 !addr0 add0r.
by rewrite det_mulmx det_ublock det1 mul1r -scaleN1r detZ det1 expr1 mulr1 mulrN1.
Qed.

Lemma around1 m (G : 'M[R]_m) w e :
  \det (around 1 G w e) = mu * \det G + dt * \det (block_mx G w e 0).
Proof.
have -> : around 1 G w e = block_mx G (- w) (mu *: 0 + (- dt) *: e) (mu *: 1 + (- dt) *: 0).
  rewrite /around /seen /driven /weight; congr block_mx.
  - by congr (- _); apply/matrixP=> i j; rewrite !mxE big_ord1 !mxE (ord1 j) mulr1.
  - by apply/matrixP=> i j; rewrite !mxE big_ord1 !mxE (ord1 i) mulr0 add0r mulNr.
  - by apply/matrixP=> i j; rewrite !mxE !ord1 /= mulr0n mulr0 !addr0 mulr1.
rewrite det_last_row det_ublock det1 mulr1; congr (_ + _).
by rewrite flip mulrNN.
Qed.

Theorem around_chain k m (G : 'M[R]_m) w e :
  \det (around k.+1 G w e) = mu ^+ k.+1 * \det G + dt ^+ k.+1 * \det (block_mx G w e 0).
Proof.
elim: k m G w e => [|k IH] m G w e; first by rewrite around1 !expr1.
pose G' : 'M[R]_(m + 1) := block_mx G (- w) 0 mu%:M.
pose w' : 'cV[R]_(m + 1) := col_mx 0 dt%:M.
pose e' : 'rV[R]_(m + 1) := row_mx e 0.
have -> : \det (around k.+2 G w e) = \det (around k.+1 G' w' e').
  rewrite /around weight_cons driven_cons seen_cons.
  apply: etrans (det_blockA G (- w) 0 0 mu%:M _ (driven k.+1 e) 0 _) _.
  rewrite /seen /driven /w' /e' mul_col_mx mul0mx mul_mx_row mulmx0 opp_row_mx opp_col_mx !oppr0.
  by rewrite mul_scalar_mx.
rewrite IH /G' det_ublock det_scalar1 (exprSr mu k.+1) (exprSr dt k.+1) -!mulrA.
congr (_ * _ + _ * _); first by rewrite mulrC.
(* Exchange the last two rows. *)
pose T : 'M[R]_(m + (1 + 1)) := block_mx 1%:M 0 0 (block_mx 0 1%:M (- 1%:M) 0).
have detT : \det T = 1.
  rewrite /T det_ublock det1 mul1r -det_swap.
  have -> : block_mx (0 : 'M[R]_1) (- 1%:M) 1%:M 0 = block_mx 1%:M (- 1%:M) 0 1%:M *m block_mx 1%:M 0 1%:M 1%:M
      *m block_mx 1%:M (- 1%:M) 0 1%:M :> 'M_(1 + 1).
    by rewrite !mulmx_block !(mulmx0, mul0mx, mulmx1, mul1mx, addr0, add0r, mulNmx, mulmxN, subrr, addNr).
  by rewrite !det_mulmx !det_ublock det_lblock !det1 !mulr1.
rewrite /w' /e' -(det_blockA G (- w) 0 0 mu%:M dt%:M e 0 0).
set X : 'M[R]_(m + (1 + 1)) := block_mx G _ _ _; have -> : \det X = \det (T *m X) by rewrite det_mulmx detT mul1r.
rewrite /T /X mulmx_block mulmx_block mul_block_col !(mul0mx, mul1mx, addr0, add0r, mulNmx, oppr0).
rewrite det_blockA col_mx0 det_lblock flip -scaleN1r detZ det_scalar1 expr1.
by rewrite mulN1r mulrNN mulrC.
Qed.
End Chain.
