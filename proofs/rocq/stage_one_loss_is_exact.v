(* The loss without memory: for every horizon, every sigma = sigma_zm and dt, over any commutative ring. *)
Require Import Ring_theory Ring.
Set Implicit Arguments.

Section StageOne.
Variables (R : Type) (zero one : R) (add mul sub : R -> R -> R) (opp : R -> R).
Variable Rth : ring_theory zero one add mul sub opp (@eq R).
Add Ring ring : Rth.
Notation "0" := zero. Notation "1" := one.
Infix "+" := add. Infix "*" := mul. Infix "-" := sub.
Variables (sigma dt : R).
Let g := dt * dt * sigma.

(* The double integrator under u = sigma x, one step late: from x_0 = (a, b) the state is (a + dt b, b) at t = 1. *)
Fixpoint state (a b : R) (n : nat) : R * R :=
  match n with
  | O => (a + dt * b, b)
  | S n => let (x, v) := state a b n in (x + dt * v, v + dt * (sigma * x))
  end.

(* (c, e) at n; the next is (c + g e, c + e). *)
Fixpoint halves (n : nat) : R * R :=
  match n with
  | O => (1, 0)
  | S n => let (c, e) := halves n in (c + g * e, c + e)
  end.

Theorem state_in_halves a b n : let (c, e) := halves n in
  state a b n = (a * c + b * (dt * (c + e)), a * (dt * sigma * e) + b * (dt * dt * sigma * e + c)).
Proof.
induction n as [| n IH]; simpl.
- f_equal; ring.
- destruct (halves n) as [c e]; rewrite IH; unfold g; f_equal; ring.
Qed.

Fixpoint pow (x : R) (n : nat) : R := match n with O => 1 | S n => x * pow x n end.

(* (1 + theta)^n = c + theta e and (1 - theta)^n = c - theta e, theta^2 = g. *)
Theorem halves_are_binomial theta n : theta * theta = g ->
  let (c, e) := halves n in pow (1 + theta) n = c + theta * e /\ pow (1 - theta) n = c - theta * e.
Proof.
intros T; induction n as [| n IH]; simpl; [split; ring |].
destruct (halves n) as [c e], IH as [P M]; rewrite P, M, <- T; split; ring.
Qed.

(* For independent a and b of variance 1, E |x_t|^2 is the sum of the squares of the coefficients of a and b. *)
Definition squares (s : R * R) : R := fst s * fst s + snd s * snd s.
Definition expected (n : nat) : R := squares (state 1 0 n) + squares (state 0 1 n).
Definition exact (n : nat) : R := let (c, e) := halves n in
  c * c + dt * dt * ((c + e) * (c + e)) + (dt * sigma * e) * (dt * sigma * e)
  + (dt * dt * sigma * e + c) * (dt * dt * sigma * e + c).
Fixpoint total (f : nat -> R) (T : nat) : R := match T with O => 0 | S T => total f T + f T end.

Theorem loss_is_exact T : total expected T = total exact T.
Proof.
induction T as [| T IH]; simpl; [reflexivity |]; rewrite IH; f_equal.
unfold expected, exact, squares.
assert (A := state_in_halves 1 0 T). assert (B := state_in_halves 0 1 T).
destruct (halves T) as [c e]; rewrite A, B; simpl; ring.
Qed.

(* For sigma = - s^2 and w = dt s: r^n = |1 + iw|^(2n), and z^n = (1 + iw)^(2n) by real and imaginary part. *)
Section Growth.
Variable s : R.
Let w := dt * s.

Fixpoint turned (n : nat) : R * R :=
  match n with
  | O => (1, 0)
  | S n => let (re, im) := turned n in ((1 - w * w) * re - (w + w) * im, (1 - w * w) * im + (w + w) * re)
  end.

Theorem powers_of_halves n : sigma = opp (s * s) -> let (c, e) := halves n in
  pow (1 + w * w) n = c * c + w * w * (e * e)
  /\ turned n = (c * c - w * w * (e * e), (w + w) * (c * e)).
Proof.
intros E; assert (G : g = opp (w * w)) by (unfold g, w; rewrite E; ring).
induction n as [| n IH]; simpl; [split; [ring | f_equal; ring] |].
destruct (halves n) as [c e], IH as [P Q]; rewrite P, Q, G; split; [ring | f_equal; ring].
Qed.

(* One term of the loss is kappa r^n + Re(A z^n), times 2 s^2; every horizon sums them. *)
Definition oscillating (n : nat) : R := let (re, im) := turned n in
  (1 + s * s) * (1 + s * s + w * w) * pow (1 + w * w) n
  + (1 - s * s) * ((s * s + w * w - 1) * re + (w + w) * im).

Theorem loss_oscillates T : sigma = opp (s * s) -> (s * s + s * s) * total expected T = total oscillating T.
Proof.
intros E; rewrite loss_is_exact; induction T as [| T IH]; simpl; [ring |]; rewrite <- IH.
unfold exact, oscillating; assert (P := powers_of_halves T E).
destruct (halves T) as [c e], P as [P Q]; rewrite P, Q, E; unfold w; ring.
Qed.

(* For sigma = s^2: two growing and falling powers, and a mixed one, times 4 s^2. *)
Theorem powers_of_halves_growing n : sigma = s * s -> let (c, e) := halves n in
  pow ((1 + w) * (1 + w)) n = (c + w * e) * (c + w * e)
  /\ pow ((1 - w) * (1 - w)) n = (c - w * e) * (c - w * e) /\ pow (1 - w * w) n = c * c - w * w * (e * e).
Proof.
intros E; assert (G : g = w * w) by (unfold g, w; rewrite E; ring).
induction n as [| n IH]; simpl; [repeat split; ring |].
destruct (halves n) as [c e], IH as (P & Q & M); rewrite P, Q, M, G; repeat split; ring.
Qed.

Definition growing (n : nat) : R :=
  (1 + s * s) * (s * s + (1 + w) * (1 + w)) * pow ((1 + w) * (1 + w)) n
  + (1 + s * s) * (s * s + (1 - w) * (1 - w)) * pow ((1 - w) * (1 - w)) n
  + (1 + 1) * ((s * s - 1) * (1 - s * s - w * w)) * pow (1 - w * w) n.

Theorem loss_grows T : sigma = s * s -> (s * s + s * s) * ((1 + 1) * total expected T) = total growing T.
Proof.
intros E; rewrite loss_is_exact; induction T as [| T IH]; simpl; [ring |]; rewrite <- IH.
unfold exact, growing; assert (P := powers_of_halves_growing T E).
destruct (halves T) as [c e], P as (P & Q & M); rewrite P, Q, M, E; unfold w; ring.
Qed.
End Growth.
End StageOne.

Print Assumptions state_in_halves.
Print Assumptions halves_are_binomial.
Print Assumptions loss_is_exact.
Print Assumptions loss_oscillates.
Print Assumptions loss_grows.
