(* The adjoint gradient is the derivative of the loss: every horizon, all sizes. Along a direction the state's derivative ds obeys
   ds' = J_t ds + b_t, with b_t what the direction does at step t, and the loss changes by the sum of <g_t, ds_t>. *)
From mathcomp Require Import all_ssreflect all_algebra.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Adjoint.
Variables (R : comRingType) (n : nat) (J : nat -> 'M[R]_n) (g b : nat -> 'cV[R]_n).
Definition inner m (x y : 'cV[R]_m) : R := (x^T *m y) 0 0.

(* From step t on, with T steps to go. *)
Fixpoint tangent t T (ds : 'cV[R]_n) : R :=
  inner (g t) ds + if T is T'.+1 then tangent t.+1 T' (J t *m ds + b t) else 0.
Fixpoint adjoint t T : 'cV[R]_n := g t + if T is T'.+1 then (J t)^T *m adjoint t.+1 T' else 0.
Fixpoint gathered t T : R := if T is T'.+1 then inner (adjoint t.+1 T') (b t) + gathered t.+1 T' else 0.

Lemma inner_add m (x y z : 'cV[R]_m) : inner (x + y) z = inner x z + inner y z.
Proof. by rewrite /inner linearD /= mulmxDl mxE. Qed.
Lemma inner_addr m (x y z : 'cV[R]_m) : inner x (y + z) = inner x y + inner x z.
Proof. by rewrite /inner mulmxDr mxE. Qed.

Theorem adjoint_is_derivative t T ds : tangent t T ds = inner (adjoint t T) ds + gathered t T.
Proof.
elim: T t ds => [|T IH] t ds /=; first by rewrite !addr0.
rewrite IH inner_addr inner_add !addrA; congr (_ + _ + _ + _).
by rewrite /inner trmx_mul trmxK mulmxA.
Qed.
End Adjoint.

Print Assumptions adjoint_is_derivative.
