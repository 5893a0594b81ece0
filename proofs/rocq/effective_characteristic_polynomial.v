(* det(lambda - P_eff) of a chain of k integrators: every k >= 1, every step, every rank, over any commutative ring. *)
From mathcomp Require Import all_ssreflect all_algebra.
From Loop Require Import loop determinants chain spectrum_of_coupled_is_effective.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Lemma cancel_common (G : zmodType) (x l m y : G) : x + (l - (m + (x + y))) = l - m - y.
Proof. by rewrite (addrCA m) opprD (addrCA x) addNKr opprD addrA. Qed.

(* Any plant: the row of the observations in P_eff is eta C times the rows of the state. Subtracted, only lambda eta C is left. *)
Section Observations.
Variables (R : comRingType) (n p c r N : nat).
Variables (A : 'M[R]_n) (B : 'M[R]_(n,p)) (C : 'M[R]_(c,n)) (eta lambda : R).
Variables (M : 'M[R]_(N,c)) (Z : 'M[R]_(p,N)) (U : 'M[R]_(N,r)) (V : 'M[R]_(r,N)).
Local Notation K := (basis M U).

Definition inner : 'M[R]_(c + r) := (lambda - 1 + eta)%:M - col_mx 0 (eta *: (V *m K)).

Theorem observations_drop_out :
  \det (lambda%:M - effective A B C eta M Z U V)
  = \det (block_mx (lambda%:M - A) (- (B *m (Z *m K))) (- col_mx ((eta * lambda) *: C) 0) inner).
Proof.
pose L : 'M[R]_(n + (c + r)) := block_mx 1%:M 0 (- col_mx (eta *: C) 0) 1%:M.
have detL : \det L = 1 by rewrite det_lblock !det1 mulr1.
have -> : \det (lambda%:M - effective A B C eta M Z U V) = \det (L *m (lambda%:M - effective A B C eta M Z U V)).
  by rewrite det_mulmx detL mul1r.
have -> : lambda%:M - effective A B C eta M Z U V = block_mx (lambda%:M - A) (- (B *m (Z *m K)))
    (- col_mx (eta *: (C *m A)) 0)
    (lambda%:M - ((1 - eta)%:M + col_mx (eta *: (C *m B *m (Z *m K))) (eta *: (V *m K)))).
  by rewrite /effective scalar_mx_block opp_block_mx add_block_mx !add0r.
congr (\det _); rewrite /L /inner mulmx_block !(mul0mx, mul1mx, addr0, add0r); congr block_mx.
- rewrite mulNmx mulmxBr mul_mx_scalar mul_col_mx mul0mx -scalemxAl opprB addrC.
  by rewrite addrA addNr add0r scale_col_mx scaler0 scalerA mulrC.
- rewrite mulNmx mulmxN opprK mul_col_mx mul0mx -scalemxAl !mulmxA.
  set X := eta *: _; set Y := eta *: _.
  have -> : col_mx X Y = col_mx X 0 + col_mx 0 Y by rewrite add_col_mx addr0 add0r.
  by rewrite cancel_common -raddfB opprB addrA addrAC.
Qed.
End Observations.

(* A chain of k integrators, one control and one observation, any leak and rank. *)
Section ChainLoop.
Variables (R : comRingType) (dt eta lambda : R) (k r N : nat).
Variables (M : 'M[R]_(N,1)) (Z : 'M[R]_(1,N)) (U : 'M[R]_(N,r)) (V : 'M[R]_(r,N)).
Local Notation loop := (effective (chainA dt k.+1) (chainB dt k.+1) (chainC R k.+1) eta M Z U V).

Theorem chain_in_loop : let w : 'cV[R]_(1 + r) := col_mx (eta * lambda)%:M 0 in
  \det (lambda%:M - loop) = (lambda - 1) ^+ k.+1 * \det (inner eta lambda M U V)
    + dt ^+ k.+1 * \det (block_mx (inner eta lambda M U V) w (Z *m basis M U) 0).
Proof.
move=> w; rewrite observations_drop_out -[\det (block_mx (lambda%:M - _) _ _ _)]det_swap.
apply: etrans (around_chain dt lambda k (inner eta lambda M U V) w (Z *m basis M U)).
by rewrite /around /seen /w mul_col_mx mul0mx mul_scalar_mx.
Qed.
End ChainLoop.

(* What is left of the loop: the memory F, and F bordered by what goes into it and comes out of it. *)
Section Memory.
Variables (R : comRingType) (dt eta lambda : R) (k r N : nat).
Variables (M : 'M[R]_(N,1)) (Z : 'M[R]_(1,N)) (U : 'M[R]_(N,r)) (V : 'M[R]_(r,N)).
Local Notation loop := (effective (chainA dt k.+1) (chainB dt k.+1) (chainC R k.+1) eta M Z U V).
Local Notation l := (lambda - 1 + eta).
Local Notation F := (l%:M - eta *: (V *m U)).

Lemma innerE : inner eta lambda M U V = block_mx l%:M 0 (- (eta *: (V *m M))) F.
Proof.
rewrite /inner /basis mul_mx_row scale_row_mx scalar_mx_block.
have -> : col_mx 0 (row_mx (eta *: (V *m M)) (eta *: (V *m U)))
    = block_mx 0 0 (eta *: (V *m M)) (eta *: (V *m U)) :> 'M[R]_(1 + r) by rewrite -[0 in LHS]row_mx0.
by rewrite opp_block_mx add_block_mx !(oppr0, addr0, add0r).
Qed.

Theorem chain_and_memory :
  \det (lambda%:M - loop) = (lambda - 1) ^+ k.+1 * (l * \det F)
    + dt ^+ k.+1 * (eta * lambda * \det (block_mx F (eta *: (V *m M)) (Z *m U) (- (Z *m M)))).
Proof.
rewrite chain_in_loop innerE det_lblock det_scalar1; congr (_ + _ * _).
rewrite /basis mul_mx_row; set vm := eta *: (V *m M); set zm := Z *m M; set zu := Z *m U; set x := eta * lambda.
(* Subtract the last column from the first, the first from the last, and add the last to the first. *)
pose T (x : 'M[R]_1) : 'M[R]_((1 + r) + 1) := block_mx 1%:M 0 (row_mx x 0) 1%:M.
pose T' : 'M[R]_((1 + r) + 1) := block_mx 1%:M (col_mx (- 1%:M) 0) 0 1%:M.
have detT y : \det (T y) = 1 by rewrite det_lblock !det1 mulr1.
have detT' : \det T' = 1 by rewrite det_ublock !det1 mulr1.
pose X : 'M[R]_((1 + r) + 1) := block_mx (block_mx l%:M 0 (- vm) F) (col_mx x%:M 0) (row_mx zm zu) 0.
rewrite -/X; have -> : \det X = \det (X *m T (- 1%:M) *m T' *m T 1%:M).
  by rewrite 3!det_mulmx !detT detT' !mulr1.
have -> : X *m T (- 1%:M) = block_mx (block_mx (l%:M - x%:M) 0 (- vm) F) (col_mx x%:M 0) (row_mx zm zu) 0.
  rewrite /X /T mulmx_block !(mulmx1, mulmx0, mul0mx, addr0, add0r) mul_col_row.
  by rewrite !(mulmxN, mulmx1, mulmx0, mul0mx, oppr0) add_block_mx !addr0.
have -> : block_mx (block_mx (l%:M - x%:M) 0 (- vm) F) (col_mx x%:M 0) (row_mx zm zu) 0 *m T'
    = block_mx (block_mx (l%:M - x%:M) 0 (- vm) F) (col_mx (x%:M - (l%:M - x%:M)) vm) (row_mx zm zu) (- zm).
  rewrite /T' mulmx_block !(mulmx1, mulmx0, mul0mx, addr0, add0r) mul_block_col mul_row_col.
  by rewrite !(mulmxN, mulNmx, mulmx1, mulmx0, mul0mx, opprK, addr0) add_col_mx addr0 [_ + x%:M]addrC.
have -> : block_mx (block_mx (l%:M - x%:M) 0 (- vm) F) (col_mx (x%:M - (l%:M - x%:M)) vm) (row_mx zm zu) (- zm)
    *m T 1%:M = block_mx (block_mx x%:M 0 0 F) (col_mx (x%:M - (l%:M - x%:M)) vm) (row_mx 0 zu) (- zm).
  rewrite /T mulmx_block !(mulmx1, mulmx0, mul0mx, addr0, add0r) mul_col_row mul_mx_row.
  by rewrite !(mulmx1, mulmx0) add_block_mx add_row_mx addNr subrr !(addr0, add0r) addrC subrK.
by rewrite -det_blockA col_mx0 det_ublock det_scalar1.
Qed.

(* Without memory, that is without what goes into it or without what comes out: the memory's factor and the chain's. *)
Corollary chain_without_memory : V *m M = 0 \/ Z *m U = 0 ->
  \det (lambda%:M - loop)
  = \det F * ((lambda - 1) ^+ k.+1 * l - eta * dt ^+ k.+1 * (Z *m M) 0 0 * lambda).
Proof.
move=> without; rewrite chain_and_memory.
have -> : \det (block_mx F (eta *: (V *m M)) (Z *m U) (- (Z *m M))) = \det F * - (Z *m M) 0 0.
  have det1x1 : \det (- (Z *m M)) = - (Z *m M) 0 0 by rewrite det_mx11 mxE.
  by case: without => ->; rewrite ?scaler0 ?det_ublock ?det_lblock det1x1.
set D := \det F; set z := (Z *m M) 0 0; set d := dt ^+ k.+1; set m := _ ^+ k.+1.
rewrite mulrBr; congr (_ + _); first by rewrite mulrA mulrC.
rewrite !mulrN; congr (- _); rewrite (mulrCA _ D) mulrCA; congr (D * _).
by rewrite !mulrA [d * eta]mulrC -!mulrA [lambda * z]mulrC.
Qed.
End Memory.

(* Rank 1: the characteristic polynomial chi, and a factor lambda. *)
Theorem chi_of_chain (R : comRingType) (dt lambda : R) (k N : nat)
    (M : 'M[R]_(N,1)) (Z : 'M[R]_(1,N)) (U : 'M[R]_(N,1)) (V : 'M[R]_(1,N)) :
  let zm := (Z *m M) 0 0 in let zu := (Z *m U) 0 0 in let vm := (V *m M) 0 0 in let vu := (V *m U) 0 0 in
  \det (lambda%:M - effective (chainA dt k.+1) (chainB dt k.+1) (chainC R k.+1) 1 M Z U V)
  = lambda * chi dt k.+1 zm vu (vm * zu) lambda.
Proof.
move=> zm zu vm vu; rewrite /chi chain_and_memory !scale1r subrK mul1r !mulrA ![_ * lambda]mulrC -!mulrA -mulrDr.
rewrite det_1_1 det_mx11; congr (_ * _).
have -> : (lambda%:M - V *m U) 0 0 = lambda - vu by rewrite mxE [_%:M 0 0]mxE mulr1n [X in _ + X]mxE.
have -> : (- (Z *m M)) 0 0 = - zm by rewrite mxE.
rewrite mulrBr addrA mulrBr; congr (_ - _).
by rewrite !mulrN (mulrCA _ (dt ^+ _)) (mulrC (lambda - vu) (_ ^+ _)).
Qed.

(* The eigenvalues of N units of rank 1: N - 2 times 0, 0 again, and the roots of chi. *)
Theorem spectrum_of_chain (R : comRingType) (dt lambda : R) (k N : nat)
    (M : 'M[R]_(N,1)) (Z : 'M[R]_(1,N)) (U : 'M[R]_(N,1)) (V : 'M[R]_(1,N)) :
  let zm := (Z *m M) 0 0 in let zu := (Z *m U) 0 0 in let vm := (V *m M) 0 0 in let vu := (V *m U) 0 0 in
  \det (lambda%:M - coupled (chainA dt k.+1) (chainB dt k.+1) (chainC R k.+1) 1 M Z U V) * lambda ^+ 2
  = lambda ^+ N * (lambda * chi dt k.+1 zm vu (vm * zu) lambda).
Proof.
move=> zm zu vm vu; rewrite -chi_of_chain.
by have := spectrum_at (chainA dt k.+1) (chainB dt k.+1) (chainC R k.+1) 1 M Z U V lambda; rewrite /= subrK.
Qed.

Print Assumptions chain_and_memory.
Print Assumptions chi_of_chain.
Print Assumptions spectrum_of_chain.
