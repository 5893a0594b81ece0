(* The simulation of the loop is the product with the coupled matrix P: of any sizes, at every time. *)
From mathcomp Require Import all_ssreflect all_algebra.
From Loop Require Import loop.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Simulation.
Variables (R : comRingType) (n p c r N b : nat).
Variables (A : 'M[R]_n) (B : 'M[R]_(n,p)) (C : 'M[R]_(c,n)) (eta : R).
Variables (M : 'M[R]_(N,c)) (Z : 'M[R]_(p,N)) (U : 'M[R]_(N,r)) (V : 'M[R]_(r,N)).

(* The plant moves first; the agent sees the new state, and acts in the next step. One column a trial. *)
Definition simulate (s : 'M[R]_(n, b) * 'M[R]_(N, b)) : 'M[R]_(n, b) * 'M[R]_(N, b) :=
  let: (x, h) := s in
  let u := Z *m h in
  let x' := A *m x + B *m u in
  let y := C *m x' in
  (x', (1 - eta) *: h + eta *: (U *m (V *m h) + M *m y)).

Theorem coupled_is_simulated t x h : let s := iter t simulate (x, h) in
  col_mx s.1 s.2 = iter t (mulmx (coupled A B C eta M Z U V)) (col_mx x h).
Proof.
elim: t => //= t <-; case: (iter _ _ _) => {}x {}h /=.
rewrite /coupled mul_block_col mulmxA; congr col_mx.
rewrite !mulmxDl mul_scalar_mx -!scalemxAl !mulmxDr !mulmxA !scalerDr.
by rewrite [RHS]addrCA -!addrA.
Qed.
End Simulation.

Print Assumptions coupled_is_simulated.
