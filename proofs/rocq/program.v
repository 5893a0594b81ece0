(* Straight-line programs of sums, differences, products and integers, decided by normal forms of polynomials.
   An identity is data: a program. One theorem, proved once, turns a computation that ends in zero polynomials into a
   statement about every commutative ring and all values of the variables. *)
Require Import ZArith List Ring_theory Ring_polynom Setoid Morphisms InitialRing BinList.
Import ListNotations.
Set Implicit Arguments.

(* Operands are positions in the stack of results, the newest first. Variables have numbers, from 1 on. *)
Inductive operation := Var (k : positive) | Const (z : Z) | Add (i j : N) | Sub (i j : N) | Mul (i j : N).

Section Meaning.
Variable T : Type.
Variables (zero : T) (var : positive -> T) (const : Z -> T) (add sub mul : T -> T -> T).
Definition operand (stack : list T) (i : N) : T := List.nth (N.to_nat i) stack zero.
Definition step (stack : list T) (o : operation) : list T :=
  (match o with
   | Var k => var k
   | Const z => const z
   | Add i j => add (operand stack i) (operand stack j)
   | Sub i j => sub (operand stack i) (operand stack j)
   | Mul i j => mul (operand stack i) (operand stack j)
   end) :: stack.
Definition results (program : list operation) (outputs : list N) : list T :=
  let stack := fold_left step program [] in map (operand stack) outputs.
End Meaning.

(* What a program computes in a commutative ring; l holds the values of the variables. *)
Section Values.
Variables (R : Type) (zero one : R) (add mul sub : R -> R -> R) (opp : R -> R).
Definition integer : Z -> R := gen_phiZ zero one add mul opp.
Definition variable (l : list R) (k : positive) : R := BinList.nth zero k l.
Definition values (program : list operation) (outputs : list N) (l : list R) : list R :=
  results zero (variable l) integer add sub mul program outputs.
End Values.

(* All outputs are 0, in every commutative ring, for all values. *)
Definition vanishes (program : list operation) (outputs : list N) : Prop :=
  forall (R : Type) (zero one : R) (add mul sub : R -> R -> R) (opp : R -> R),
  ring_theory zero one add mul sub opp (@eq R) ->
  forall l, Forall (fun x => x = zero) (values zero one add mul sub opp program outputs l).

(* The same program over polynomials with integer coefficients, in normal form. *)
Notation polynomial := (Pol Z).
Definition normal_var (k : positive) : polynomial := mk_X 0%Z 1%Z k.
Definition normal_add := Padd 0%Z Z.add Zeq_bool.
Definition normal_sub := Psub 0%Z Z.add Z.sub Z.opp Zeq_bool.
Definition normal_mul := Pmul 0%Z 1%Z Z.add Z.mul Zeq_bool.
Definition is_zero (p : polynomial) : bool := match p with Pc 0%Z => true | _ => false end.
Definition normals : list operation -> list N -> list polynomial :=
  results (Pc 0%Z) normal_var (@Pc Z) normal_add normal_sub normal_mul.
Definition reduces (program : list operation) (outputs : list N) : bool := forallb is_zero (normals program outputs).

Section Correct.
Variables (R : Type) (zero one : R) (add mul sub : R -> R -> R) (opp : R -> R).
Variable Rth : ring_theory zero one add mul sub opp (@eq R).
Let Reqe : ring_eq_ext add mul opp (@eq R) := Eq_ext add mul opp.
Let Rsth : Setoid_Theory R (@eq R) := Eqsth R.
Let ARth := Rth_ARth Rsth Reqe Rth.
Let morph := gen_phiZ_morph Rsth Reqe Rth.

Definition value (l : list R) (p : polynomial) : R := Pphi zero add mul (integer zero one add mul opp) l p.
Notation step_R l := (step zero (variable zero l) (integer zero one add mul opp) add sub mul).
Notation step_P := (step (Pc 0%Z) normal_var (@Pc Z) normal_add normal_sub normal_mul).

Lemma value_operand l stack i : value l (operand (Pc 0%Z) stack i) = operand zero (map (value l) stack) i.
Proof. unfold operand; change zero with (value l (Pc 0%Z)); now rewrite map_nth. Qed.

Lemma value_step l o stack : map (value l) (step_P stack o) = step_R l (map (value l) stack) o.
Proof.
destruct o as [k | z | i j | i j | i j]; unfold step; cbn [map]; f_equal; try rewrite <- !value_operand.
- symmetry; apply (mkX_ok Rsth Reqe ARth morph k l).
- exact (Padd_ok Rsth Reqe ARth morph _ _ l).
- exact (Psub_ok Rsth Reqe ARth morph _ _ l).
- exact (Pmul_ok Rsth Reqe ARth morph _ _ l).
Qed.

Lemma value_run l program stack :
  map (value l) (fold_left step_P program stack) = fold_left (step_R l) program (map (value l) stack).
Proof.
revert stack; induction program as [| o program IH]; intros stack; simpl; trivial.
now rewrite IH, value_step.
Qed.

Theorem values_of_normals l program outputs :
  values zero one add mul sub opp program outputs l = map (value l) (normals program outputs).
Proof.
unfold values, normals, results; cbv zeta; change (@nil R) with (map (value l) nil).
rewrite <- value_run, map_map; apply map_ext; intros i; symmetry; apply value_operand.
Qed.
End Correct.

Theorem reduces_vanishes program outputs : reduces program outputs = true -> vanishes program outputs.
Proof.
unfold reduces, vanishes; intros H R zero one add mul sub opp Rth l; rewrite (values_of_normals Rth).
rewrite forallb_forall in H; apply Forall_forall; intros x X; apply in_map_iff in X; destruct X as (p & <- & P).
specialize (H p P); destruct p as [[| |] | |]; try discriminate H; reflexivity.
Qed.
