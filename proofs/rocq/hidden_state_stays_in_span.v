(* The hidden state stays in the span of the columns of M and U: P S = S P_eff, of any sizes. *)
From mathcomp Require Import all_ssreflect all_algebra.
From Loop Require Import loop.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Confinement.
Variables (R : comRingType) (n p c r N : nat).
Variables (A : 'M[R]_n) (B : 'M[R]_(n,p)) (C : 'M[R]_(c,n)) (eta : R).
Variables (M : 'M[R]_(N,c)) (Z : 'M[R]_(p,N)) (U : 'M[R]_(N,r)) (V : 'M[R]_(r,N)).
Local Notation P := (coupled A B C eta M Z U V).
Local Notation Peff := (effective A B C eta M Z U V).
Local Notation S := (embedding n M U).

Theorem confinement : P *m S = S *m Peff.
Proof.
rewrite /coupled /embedding /effective !mulmx_block !mulmx1 !mul1mx !mulmx0 !mul0mx !addr0 !add0r.
congr block_mx.
- by rewrite mulmxA.
- by rewrite /basis mul_row_col mulmx0 addr0 -scalemxAr mulmxA.
- rewrite !mulmxDl mulmxDr mul_scalar_mx mul_mx_scalar -addrA; congr (_ + _).
  by rewrite {3}/basis mul_row_col -!scalemxAr -!scalemxAl !mulmxA addrC.
Qed.

(* So a state that starts in the span, as h = 0 does, stays in it, and its coordinates move by P_eff: at every time. *)
Theorem stays_in_span t B' (s : 'M[R]_(n + (c + r), B')) :
  iter t (mulmx P) (S *m s) = S *m iter t (mulmx Peff) s.
Proof. by elim: t => //= t ->; rewrite mulmxA confinement mulmxA. Qed.
End Confinement.

Print Assumptions confinement.
Print Assumptions stays_in_span.
