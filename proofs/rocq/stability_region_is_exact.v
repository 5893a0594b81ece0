(* The loop of the double integrator is stable exactly in the region of five inequalities. *)
Require Import Reals Lra Psatz.
From Loop Require Import loop_over_reals jury.
Local Open Scope R_scope.

Theorem region_is_jury zm vu q : region zm vu q <-> jury3 (b2 vu) (b1 zm vu) (b0 zm vu q).
Proof.
unfold region, jury3, product, b2, b1, b0; split.
- intros (H1 & H2 & H3 & H4 & H5); repeat split; try lra; nra.
- intros (H1 & H2 & H3 & H4 & H5).
  set (s := vu * (1 - zm) + q) in *.
  assert (Hs : vu * zm - vu - q = - s) by (unfold s; ring).
  rewrite Hs in *.
  assert (H6 : zm < vu - s) by (unfold s in *; nra).
  assert (H7 : (s - 2) * (s - vu) < zm) by nra.
  assert (H8 : vu < s).
  { assert ((s - 1) * (s - vu) < 0) by nra. nra. }
  repeat split; try lra; unfold s in *; nra.
Qed.

(* No persistence: the region's slice at vu = 0. *)
Theorem region_without_persistence zm q : region zm 0 q <-> 0 < q < 1 /\ q^2 - 2 * q < zm < - q.
Proof.
unfold region, product; replace (0 * (1 - zm) + q) with q by ring; split.
- intros (H1 & H2 & H3 & H4 & H5); repeat split; nra.
- intros (H1 & H2); repeat split; nra.
Qed.

(* Stability needs negative feedback and memory. *)
Theorem stable_needs_memory zm vu q : region zm vu q -> zm < 0 /\ 0 < q /\ -5 < vu < 1.
Proof.
unfold region; set (s := product zm vu q); intros (H1 & H2 & H3 & H4 & H5).
assert (Hs : s = vu * (1 - zm) + q) by reflexivity; clearbody s.
assert (Z : zm < 0) by lra.
assert (V : vu < 1) by lra.
assert (W : -5 < vu) by nra.
repeat split; try lra.
(* q = s - vu (1 - zm) *)
nra.
Qed.

Theorem region_is_stability zm vu q : region zm vu q <-> stable zm vu q.
Proof. unfold stable; rewrite region_is_jury; apply jury_is_schur. Qed.

(* Without memory no loop is stable, with any leak 0 < eta <= 1 of two integrators; g stands for dt^2 sigma_zm. *)
Theorem two_integrators_need_memory g eta : 0 < eta <= 1 -> ~ schur3 (eta - 3) (3 - 2 * eta - eta * g) (eta - 1).
Proof. intros E; rewrite <- jury_is_schur; unfold jury3; intros (A & B & C & D & F); nra. Qed.

Print Assumptions region_is_jury.
Print Assumptions region_is_stability.
Print Assumptions region_without_persistence.
Print Assumptions stable_needs_memory.
Print Assumptions two_integrators_need_memory.
