(* Whether a program, written by the TypeScript code, computes what is defined here. Polynomials are read off a definition: of an
   element, one; of a matrix, one for each entry. Both sides are then polynomials in normal form, and a computation compares them. *)
From Coq Require Import ZArith List Setoid Ring_theory Ring_polynom InitialRing BinList.
From mathcomp Require Import all_ssreflect all_algebra.
From Loop Require Import program.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Read.
Variables (R : comRingType) (l : list R).
Lemma ringP : ring_theory (0 : R) 1 +%R *%R (fun x y => x - y) -%R eq.
Proof.
by split; [exact: add0r | exact: addrC | exact: addrA | exact: mul1r | exact: mulrC | exact: mulrA | exact: mulrDl | |
  exact: subrr].
Qed.

(* The value of a polynomial, for the variables' values l. *)
Definition valued : polynomial -> R := value 0 1 +%R *%R -%R l.
Definition normal_opp : polynomial -> polynomial := Popp Z.opp.
Let Reqe : ring_eq_ext +%R *%R -%R (@eq R) := Eq_ext _ _ _.
Let Rsth : Setoid_Theory R (@eq R) := Eqsth R.
Let ARth := Rth_ARth Rsth Reqe ringP.
Let morph := gen_phiZ_morph Rsth Reqe ringP.
Lemma valuedD p q : valued (normal_add p q) = valued p + valued q. Proof. exact (Padd_ok Rsth Reqe ARth morph _ _ l). Qed.
Lemma valuedM p q : valued (normal_mul p q) = valued p * valued q. Proof. exact (Pmul_ok Rsth Reqe ARth morph _ _ l). Qed.
Lemma valuedN p : valued (normal_opp p) = - valued p. Proof. exact (Popp_ok Rsth Reqe ARth morph p l). Qed.
Lemma valuedX k : valued (normal_var k) = variable 0 l k. Proof. exact: esym (mkX_ok Rsth Reqe ARth morph k l). Qed.

Class element (x : R) := { read : polynomial; readP : valued read = x }.
Class table m n (A : 'M[R]_(m, n)) := { entry : nat -> nat -> polynomial; entryP : forall (i : 'I_m) (j : 'I_n), valued (entry i j) = A i j }.
Local Arguments read x {_}. Local Arguments readP x {_}.
Local Arguments entry [m n] A {_} i j. Local Arguments entryP [m n] A {_} i j.

Section Elements.
Variables (x y : R) (n : nat).
Context {X : element x} {Y : element y}.
Global Instance element_0 : element 0. Proof. by exists (Pc Z0). Defined.
Global Instance element_1 : element 1. Proof. by exists (Pc (Zpos xH)). Defined.
Global Instance element_variable k : element (variable 0 l k). Proof. exists (normal_var k); exact: valuedX. Defined.
Global Instance element_add : element (x + y).
Proof. by exists (normal_add (read x) (read y)); rewrite valuedD !readP. Defined.
Global Instance element_opp : element (- x). Proof. by exists (normal_opp (read x)); rewrite valuedN readP. Defined.
Global Instance element_mul : element (x * y).
Proof. by exists (normal_mul (read x) (read y)); rewrite valuedM !readP. Defined.
Global Instance element_natmul : element (x *+ n).
Proof. exists (iter n (normal_add (read x)) (Pc Z0)); by elim: n => // k IH; rewrite iterS valuedD IH readP mulrS. Defined.
Global Instance element_power : element (x ^+ n).
Proof. exists (iter n (normal_mul (read x)) (Pc (Zpos xH))); by elim: n => // k IH; rewrite iterS valuedM IH readP exprS. Defined.
End Elements.

(* The number i as an index below m. *)
Definition index m i : option 'I_m :=
  (if (i < m)%N as b return (i < m)%N = b -> option 'I_m then fun e => Some (Ordinal e) else fun=> None) erefl.
Lemma indexP m (i : 'I_m) : index m i = Some i.
Proof. by rewrite /index; move: (erefl (i < m)%N); rewrite {2 3}ltn_ord => e; congr Some; apply: val_inj. Qed.

Section Tables.
Variables (m n p : nat) (x : R) (A B : 'M[R]_(m, n)) (C : 'M[R]_(n, p)) (D : 'M[R]_(m, p)) (E : 'M[R]_(p, n)).
Context {rx : element x} {rA : table A} {rB : table B} {rC : table C} {rD : table D} {rE : table E}.
Global Instance table_function (F : 'I_m -> 'I_n -> R) t (r : forall i j, element (F i j)) : table (matrix_of_fun t F).
Proof.
exists (fun i j => if (index m i, index n j) is (Some i, Some j) then @read _ (r i j) else Pc Z0) => i j.
by rewrite !indexP mxE readP.
Defined.
Global Instance table_0 : table (0 : 'M[R]_(m, n)). Proof. by exists (fun _ _ => Pc Z0) => i j; rewrite mxE. Defined.
Global Instance table_scalar : table (x%:M : 'M_n).
Proof. exists (fun i j => if (i == j)%N then read x else Pc Z0) => i j; by rewrite mxE -val_eqE /=; case: eqP; rewrite ?readP. Defined.
Global Instance table_transpose : table A^T. Proof. by exists (fun i j => entry A j i) => i j; rewrite entryP mxE. Defined.
Global Instance table_add : table (A + B).
Proof. by exists (fun i j => normal_add (entry A i j) (entry B i j)) => i j; rewrite valuedD !entryP mxE. Defined.
Global Instance table_opp : table (- A).
Proof. by exists (fun i j => normal_opp (entry A i j)) => i j; rewrite valuedN entryP mxE. Defined.
Global Instance table_scale : table (x *: A).
Proof. by exists (fun i j => normal_mul (read x) (entry A i j)) => i j; rewrite valuedM readP entryP mxE. Defined.
Global Instance table_product : table (A *m C).
Proof.
exists (fun i j => foldr (fun k => normal_add (normal_mul (entry A i k) (entry C k j))) (Pc Z0) (iota 0 n)) => i j.
transitivity (\sum_(0 <= k < n) valued (normal_mul (entry A i k) (entry C k j))).
  by rewrite /index_iota subn0; elim: (iota _ _) => [|k s IH]; rewrite ?big_nil // big_cons /= valuedD IH.
by rewrite big_mkord mxE; apply: eq_bigr => k _; rewrite valuedM !entryP.
Defined.
Global Instance table_row : table (row_mx A D).
Proof.
exists (fun i j => if (j < n)%N then entry A i j else entry D i (j - n)) => i j.
by case: (split_ordP j) => k ->; rewrite (row_mxEl, row_mxEr) /= ?addKn entryP.
Defined.
Global Instance table_col : table (col_mx A E).
Proof.
exists (fun i j => if (i < m)%N then entry A i j else entry E (i - m) j) => i j.
by case: (split_ordP i) => k ->; rewrite (col_mxEu, col_mxEd) /= ?addKn entryP.
Defined.
End Tables.

(* The matrix of the variables number k and following, row by row. *)
Definition given k m n : 'M[R]_(m, n) := \matrix_(i, j) variable 0 l (Pos.of_nat (k + i * n + j)).
Definition listed m n (A : 'M[R]_(m, n)) : seq R := [seq A i j | i <- enum 'I_m, j <- enum 'I_n].
Definition computed program outputs : seq R := values 0 1 +%R *%R (fun x y => x - y) -%R program outputs l.
Definition agree m n (A : 'M[R]_(m, n)) {r : table A} program outputs : bool :=
  all2 (Peq Zeq_bool) [seq entry A i j | i <- iota 0 m, j <- iota 0 n] (normals program outputs).

Theorem agreeP m n (A : 'M[R]_(m, n)) {r : table A} program outputs :
  @agree m n A r program outputs -> listed A = computed program outputs.
Proof.
rewrite /agree /computed (values_of_normals ringP).
have -> : listed A = [seq valued p | p <- [seq entry A i j | i <- iota 0 m, j <- iota 0 n]].
  rewrite map_allpairs -!val_enum_ord allpairs_mapl allpairs_mapr; apply: eq_allpairs => i j; exact: esym (entryP A i j).
elim: [seq _ | _ <- _, _ <- _] (normals _ _) => [|p s IH] [|q t] //= /andP[pq /IH ->].
by rewrite /valued /value (Peq_ok Rsth Reqe morph _ _ pq).
Qed.
End Read.
Arguments agree {R l m n} A {r} program outputs.

(* Blocks are columns of rows; what is given is a matrix of variables. *)
Global Hint Extern 0 (table (block_mx _ _ _ _)) => unfold block_mx : typeclass_instances.
Global Hint Extern 0 (table (given _ _ _ _)) => unfold given : typeclass_instances.
