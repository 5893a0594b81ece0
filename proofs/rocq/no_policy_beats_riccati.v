(* Completion of squares, for every horizon and all sizes: the loss of any controls is the value of the start plus squares. *)
From mathcomp Require Import all_ssreflect all_algebra.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Lemma regroup (G : zmodType) (q w a c b k : G) : q + w + (a + c + b) = q + a - k + (w + b + c + k).
Proof. by rewrite [w + b + c + k]addrC (addrA _ k) subrK -[a + c + b]addrA (addrC c) addrACA [w + (b + c)]addrA. Qed.

Section Squares.
Variables (R : comRingType) (n p : nat).
Variables (A : 'M[R]_n) (B : 'M[R]_(n, p)) (Q : 'M[R]_n) (W : 'M[R]_p).
Definition form m (X : 'M[R]_m) (x : 'cV[R]_m) : 'M[R]_1 := x^T *m X *m x.

Lemma form_add m (X : 'M[R]_m) x y : X^T = X -> form X (x + y) = form X x + (x^T *m X *m y) *+ 2 + form X y.
Proof.
move=> sym; rewrite /form [(x + y)^T]linearD /= !mulmxDl !mulmxDr mulr2n -!addrA; congr (_ + (_ + _)).
congr (_ + _); rewrite [LHS](mx11_scalar _) -tr_scalar_mx -mx11_scalar.
by rewrite !trmx_mul trmxK sym mulmxA.
Qed.

(* One step: K solves S K = B^T P A. *)
Theorem completed_square (P : 'M[R]_n) (K : 'M[R]_(p, n)) (x : 'cV[R]_n) (u : 'cV[R]_p) :
  P^T = P -> W^T = W -> let S := W + B^T *m P *m B in S *m K = B^T *m P *m A ->
  form Q x + form W u + form P (A *m x + B *m u)
  = form (Q + A^T *m P *m A - K^T *m S *m K) x + form S (u + K *m x).
Proof.
move=> symP symW S gain.
have symS : S^T = S by rewrite /S linearD /= !trmx_mul trmxK symP symW mulmxA.
rewrite [in RHS]form_add // form_add //.
have -> : u^T *m S *m (K *m x) = (A *m x)^T *m P *m (B *m u).
  rewrite mulmxA -[u^T *m S *m K]mulmxA gain [RHS](mx11_scalar _) -tr_scalar_mx -mx11_scalar.
  by rewrite !trmx_mul !trmxK symP !mulmxA.
have through m q (X : 'M[R]_q) (Y : 'M[R]_(q, m)) z : form X (Y *m z) = form (Y^T *m X *m Y) z.
  by rewrite /form trmx_mul !mulmxA.
have sum m (X Y : 'M[R]_m) z : form (X + Y) z = form X z + form Y z by rewrite /form mulmxDr mulmxDl.
have negated m (X : 'M[R]_m) z : form (- X) z = - form X z by rewrite /form mulmxN mulNmx.
by rewrite !through /S !sum negated; exact: regroup.
Qed.

(* Steps are counted backwards: value t, gain t and u t belong to the step after which t steps are left. *)
Variables (value : nat -> 'M[R]_n) (gain : nat -> 'M[R]_(p, n)).
Local Notation weight t := (W + B^T *m value t *m B).
Hypothesis symQ : Q^T = Q.
Hypothesis symW : W^T = W.
Hypothesis at_end : value 0%N = 0.
Hypothesis optimal : forall t, weight t *m gain t = B^T *m value t *m A.
Hypothesis riccati : forall t, value t.+1 = Q + A^T *m value t *m A - (gain t)^T *m weight t *m gain t.

Fixpoint loss (u : nat -> 'cV[R]_p) T x : 'M[R]_1 :=
  if T is t.+1 then form Q x + form W (u t) + loss u t (A *m x + B *m u t) else 0.
Fixpoint squares (u : nat -> 'cV[R]_p) T x : 'M[R]_1 :=
  if T is t.+1 then form (weight t) (u t + gain t *m x) + squares u t (A *m x + B *m u t) else 0.

Lemma value_symmetric t : (value t)^T = value t.
Proof.
elim: t => [|t IH]; first by rewrite at_end trmx0.
have symA : (A^T *m value t *m A)^T = A^T *m value t *m A by rewrite !trmx_mul trmxK IH mulmxA.
have symS : (weight t)^T = weight t by rewrite [LHS]linearD /= !trmx_mul trmxK IH symW mulmxA.
have symK : ((gain t)^T *m weight t *m gain t)^T = (gain t)^T *m weight t *m gain t.
  by rewrite !trmx_mul trmxK symS mulmxA.
by rewrite riccati [LHS]linearB /= symK [(Q + _)^T]linearD /= symA symQ.
Qed.

Theorem loss_is_value_and_squares u T x : loss u T x = form (value T) x + squares u T x.
Proof.
elim: T x => [|t IH] x /=; first by rewrite at_end /form mulmx0 mul0mx addr0.
rewrite IH addrA (completed_square _ _ (value_symmetric t) symW (optimal t)).
by rewrite riccati addrA.
Qed.
End Squares.

(* So no controls cost less than the value of the start, over any ordered ring, where the weights are not negative. *)
Theorem no_controls_beat_the_value (R : realDomainType) n p (A : 'M[R]_n) (B : 'M[R]_(n, p)) Q W value gain :
  Q^T = Q -> W^T = W -> value 0%N = 0 ->
  (forall t, (W + B^T *m value t *m B) *m gain t = B^T *m value t *m A) ->
  (forall t, value t.+1 = Q + A^T *m value t *m A - (gain t)^T *m (W + B^T *m value t *m B) *m gain t) ->
  (forall t v, 0 <= form (W + B^T *m value t *m B) v 0 0) ->
  forall u T x, form (value T) x 0 0 <= loss A B Q W u T x 0 0.
Proof.
move=> symQ symW at_end optimal riccati psd u T x.
have entry (X Y : 'M[R]_1) : (X + Y) 0 0 = X 0 0 + Y 0 0 by rewrite mxE.
rewrite (loss_is_value_and_squares symQ symW at_end optimal riccati) entry -subr_ge0 addrAC subrr add0r.
by elim: T x => [|t IH] x /=; [rewrite mxE | rewrite entry addr_ge0].
Qed.

Print Assumptions completed_square.
Print Assumptions loss_is_value_and_squares.
Print Assumptions no_controls_beat_the_value.
