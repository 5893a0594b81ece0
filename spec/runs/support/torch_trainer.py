"""An independent trainer of full-rank and gated agents: PyTorch's autograd, cells and optimisers. It shares no code and no formula
with the package. Reads one job per line of standard input, writes one loop-run/1 per line of standard output.

A job: {"seed", "agent", "mode", "N", "leak", "T", "B", "dt", "epochs", "beta", "control", "state", "optimizer", "trained", "biases",
"start", "process", "observation", "precision", "rows", "firstUpdate", "every", "scale", "flaw", "value", "since"}; everything but
"seed" has a default. "process" and "observation" are the noise's. "biases"
are those that the agent has beside those that are trained, "every" is how many epochs snapshots are apart. "flaw" makes the trainer
differ from the protocol that it declares, from the epoch "since" on.
"""
import numpy as np
import torch

from trainer import always, serve, setting, text

torch.set_num_threads(1)

DEFAULTS = {
    "agent": "tanh", "mode": "closed-loop", "N": 20, "leak": 1.0, "T": 20, "B": 20, "dt": 1.0, "epochs": 60, "beta": 0.0,
    "control": "sum-time", "state": "mean", "optimizer": {"kind": "sgd", "lr": 0.01, "clip": 1},
    "trained": ["Wih", "Whh", "Who"], "biases": [], "start": {"kind": "uniform", "low": -1.0, "high": 1.0}, "precision": "f32",
    "rows": "before-update", "firstUpdate": 0, "every": 10, "scale": 1.0, "flaw": None, "value": None, "since": 0, "loss": None, "process": 0.0, "observation": 0.0,
}
TRACKING = {"amplitude": 2.31, "ramp": 1, "phases": "drawn", "limit": 10, "weight": 0.1,
            "harmonics": [{"frequency": 0.1, "axis": 0}, {"frequency": 0.2, "axis": 1}]}

# What each flaw changes of what is done.
FLAWS = {
    "horizon": lambda job, value: {"T": job["T"] + value},
    "dt": lambda job, value: {"dt": job["dt"] * value},
    "matrices": lambda job, value: {"loss": {**job["loss"], **value}},
    "beta": lambda job, value: {"beta": job["beta"] * value},
    "state": setting("state"),
    "control-kind": setting("control"),
    "leak": lambda job, value: {"leak": job["leak"] * value},
    "late": always(late=True),
    "u0": always(u0=True),
    "detached": always(detached=True),
    "truncated": setting("every_detach"),
    "scored": always(scored=True),
    "lr": lambda job, value: {"rate": lambda e: value},
    "exponential": lambda job, value: {"rate": lambda e: value ** e},
    "clip": lambda job, value: {"clip": job["optimizer"]["clip"] * value},
    "no-clip": always(clip=None),
    "per-tensor": always(per_tensor=True),
    "clip-value": always(by_value=True),
    "momentum": setting("momentum"),
    "nesterov": lambda job, value: {"nesterov": not job["optimizer"].get("nesterov", False)},
    "dampening": setting("dampening"),
    "decay": setting("weight_decay"),
    "early": lambda job, value: {"rates": job["optimizer"]["lr"][1:] + job["optimizer"]["lr"][-1:]},
    "late-rates": lambda job, value: {"rates": job["optimizer"]["lr"][:1] + job["optimizer"]["lr"]},
    "unscheduled": lambda job, value: {"rates": job["optimizer"]["lr"][:1] * job["epochs"]},
    "value": lambda job, value: {"clip_value": job["optimizer"]["clipValue"] * value},
    "by-norm": lambda job, value: {"clip": job["optimizer"]["clipValue"], "clip_value": None},
    "adamw": setting("adamw"),
    "beta1": setting("beta1"),
    "beta2": setting("beta2"),
    "eps": setting("eps"),
    "frozen": setting("frozen"),
    "extra": setting("extra"),
    "accumulated": always(accumulates=True),
    "forgets": lambda job, value: {"forgets": job["since"]},
    "clipped-norm": always(clipped_norm=True),
    "noise": setting("observation"),
    "noisier": lambda job, value: {"observation": job["observation"] * value},
    "pushier": lambda job, value: {"process": job["process"] * value},
    "bias": setting("bias"),
    "swapped": always(swapped=True),
    "f32": always(precision="f32"),
}


def tensors_of(job, rng):
    N, scale = job["N"], job["scale"]
    c, p = (4, 2) if job["mode"] == "tracking" else (1, 1)
    gates = {"gru": 3, "lstm": 4}.get(job["agent"], 1)
    w = {
        "Wih": rng.uniform(-1, 1, (gates * N, c)) / np.sqrt(N),
        "Whh": scale * rng.standard_normal((gates * N, N)) / np.sqrt(N),
        "Who": rng.standard_normal((p, N)) / N,
    }
    if job["mode"] == "tracking":
        w["Whh"] = 0.5 * w["Whh"]
        w["Who"] *= 10
    for name, size in (("bih", gates * N), ("bhh", gates * N), ("bho", p)):
        if name in [*job["trained"], *job["biases"]] or (gates > 1 and name != "bho"):
            w[name] = rng.uniform(-1, 1, size) / np.sqrt(N)
    return w


def affine(v, w, weight, bias):
    return torch.nn.functional.linear(v, w[weight], w.get(bias))


def step_of(done, w):
    """h' of h and y, where it is cut of a detached state. The cells of an LSTM keep their own states."""
    if done["agent"] in ("gru", "lstm"):
        kind = torch.nn.GRUCell if done["agent"] == "gru" else torch.nn.LSTMCell
        cell = kind(w["Wih"].shape[1], done["N"]).to(w["Wih"].dtype)
        names = {"weight_ih": "Wih", "weight_hh": "Whh", "bias_ih": "bih", "bias_hh": "bhh"}
        rows = torch.arange(w["Wih"].shape[0])
        if done.get("swapped"):
            rows = rows.reshape(-1, done["N"])[[1, 0, *range(2, len(rows) // done["N"])]].reshape(-1)
        of_cell = lambda y, state: torch.nn.utils.stateless.functional_call(cell, {k: w[v][rows] for k, v in names.items()}, (y, state))
        if done["agent"] == "gru":
            return lambda h, y, cut=False: of_cell(y, h.detach() if cut else h)
        cells = [None]

        def step(h, y, cut=False):
            state = (h, torch.zeros_like(h) if cells[0] is None else cells[0])
            h, cells[0] = of_cell(y, tuple(s.detach() for s in state) if cut else state)
            return h

        return step
    act = {"tanh": torch.tanh, "relu": torch.relu, "linear": lambda a: a}[done["agent"]]
    leak = done["leak"]

    def plain(h, y, cut=False):
        before = h.detach() if cut else h
        return (1 - leak) * before + leak * act(affine(before, w, "Whh", "bhh") + affine(y, w, "Wih", "bih"))

    return plain


def noise_of(done, rng, dtype):
    """Of a whole epoch: what is added to x_1 … and to what is seen of them, a number per trial and component."""
    draw = lambda sd, size: sd * torch.tensor(rng.standard_normal((done["T"], done["B"], size)), dtype=dtype) if sd else None
    return draw(done["process"] * np.sqrt(done["dt"]), 2), draw(done["observation"], 1)


def closed_loss(done, w, x0, noise):
    pushes, errors = noise
    T, B, dt = done["T"], done["B"], done["dt"]
    dtype = x0.dtype
    A = torch.tensor([[1.0, dt], [0.0, 1.0]], dtype=dtype)
    Bu = torch.tensor([0.0, dt], dtype=dtype)
    step = step_of(done, w)
    x, h, u = x0, torch.zeros(B, done["N"], dtype=dtype), torch.zeros(B, 1, dtype=dtype)
    seen = x[:, :1]
    states, controls = [], []
    for t in range(T):
        if done.get("u0") and t == 0:
            h = step(h, x[:, :1])
            u = affine(h, w, "Who", "bho")
        if not done.get("scored"):
            states.append(x)
        if t > 0 or done.get("u0"):
            controls.append(u)
        before = x
        x = x @ A.T + u * Bu
        if pushes is not None:
            x = x + pushes[t]
        if done.get("scored"):
            states.append(x)
        y = before[:, :1] if done.get("late") else x[:, :1]
        if done.get("detached"):
            y = y.detach()
        if errors is not None:
            y = y + errors[t]
        if t < T - 1:
            h = step(h, y, done.get("every_detach") is not None and t % done["every_detach"] == 0)
            u = affine(h, w, "Who", "bho") + done.get("bias", 0.0)
    x = torch.stack(states)
    if done["loss"]:
        # By its matrices, for every trial and step; there is no control in step 0.
        spec = {"R": [[0.0]], "discount": 1.0, **done["loss"]}
        Q, R = (torch.tensor(spec[name], dtype=dtype) for name in ("Q", "R"))
        u = torch.stack([torch.zeros_like(controls[0]), *controls])
        paid = torch.einsum("tbi,ij,tbj->t", x, Q, x) + torch.einsum("tbi,ij,tbj->t", u, R, u)
        weights = spec["discount"] ** torch.arange(T, dtype=dtype)
        return (weights * paid).sum() / B / (T if spec["reduction"] == "mean" else 1)
    by = {"mean": lambda: x.square().mean(), "text": lambda: x.square().sum(-1).mean(), "position": lambda: x[..., 0].square().mean(),
          "sum-mean": lambda: x.square().mean((1, 2)).sum()}
    loss = by[done["state"]]()
    if done["beta"]:
        u = torch.stack(controls)
        of = {"sum-time": lambda: u.square().sum((0, 2)).mean(), "sum-all": lambda: u.square().sum(),
              "mean": lambda: u.square().sum() / (T * B * u.shape[2]), "sum-batch": lambda: u.square().sum() / T}
        loss = loss + done["beta"] * of[done["control"]]()
    return loss


def open_loss(done, w, y, teacher):
    T, B, N = done["T"], done["B"], done["N"]
    student, model = step_of(done, w), step_of(done, teacher)
    h, g = torch.zeros(B, N, dtype=y.dtype), torch.zeros(B, N, dtype=y.dtype)
    errors = []
    for t in range(T):
        h, g = student(h, y[:, t:t + 1]), model(g, y[:, t:t + 1])
        errors.append(affine(h, w, "Who", "bho") - affine(g, teacher, "Who", "bho"))
    e = torch.stack(errors).square()
    return {"mean": lambda: e.mean(), "text": lambda: e.sum(-1).mean(), "position": lambda: e.sum(-1).mean(),
            "sum-mean": lambda: e.mean((1, 2)).sum()}[done["state"]]()


def tracking_loss(done, w, phases):
    T, B, dt = done["T"], done["B"], done["dt"]
    dtype = phases.dtype
    step = step_of(done, w)
    position = torch.zeros(B, 2, dtype=dtype)
    velocity, h = torch.zeros_like(position), torch.zeros(B, done["N"], dtype=dtype)
    loss = 0.0
    for i in range(T):
        time = i * dt
        r = torch.zeros(B, 2, dtype=dtype)
        for k, one in enumerate(TRACKING["harmonics"]):
            wave = TRACKING["amplitude"] * min(1.0, time / TRACKING["ramp"]) * torch.cos(2 * np.pi * one["frequency"] * time + phases[:, k])
            r = r + wave[:, None] * torch.eye(2, dtype=dtype)[one["axis"]]
        h = step(h, torch.cat([position, r], 1))
        u = h @ w["Who"].T
        position, velocity = position + dt * velocity, velocity + dt * u
        position, velocity = (s.clamp(-TRACKING["limit"], TRACKING["limit"]) for s in (position, velocity))
        loss = loss + (position - r).square().sum(1).mean()
    return TRACKING["weight"] * loss / T


def optimizer_of(done, parameters):
    spec = done["optimizer"]
    # Of a flaw, or as declared.
    decay = done.get("weight_decay", spec.get("weightDecay", 0.0))
    lr = spec["lr"] if isinstance(spec["lr"], float) else spec["lr"][0]
    if spec["kind"] == "sgd":
        return torch.optim.SGD(parameters, lr=lr, momentum=done.get("momentum", spec.get("momentum", 0.0)), weight_decay=decay,
                               nesterov=done.get("nesterov", spec.get("nesterov", False)),
                               dampening=done.get("dampening", spec.get("dampening", 0.0)))
    betas = (done.get("beta1", spec.get("beta1", 0.9)), done.get("beta2", spec.get("beta2", 0.999)))
    settings = {"lr": lr, "betas": betas, "eps": done.get("eps", spec.get("eps", 1e-8))}
    if spec["kind"] == "adamw" and "weight_decay" in done:
        raise ValueError("AdamW has no decay within the gradient")
    if "adamw" in done or spec["kind"] == "adamw":
        return torch.optim.AdamW(parameters, weight_decay=done.get("adamw", spec.get("weightDecay", 0.01)), **settings)
    return torch.optim.Adam(parameters, weight_decay=decay, **settings)


def lists(tensor):
    return tensor.detach().double().numpy().tolist()


def run(job):
    rng = np.random.default_rng(job["seed"])
    flawed = dict(job)
    if job["flaw"]:
        flawed.update(FLAWS[job["flaw"]](job, job["value"]))
    dtype = torch.float32 if flawed["precision"] == "f32" else torch.float64
    w = {name: torch.tensor(value, dtype=dtype) for name, value in tensors_of(job, rng).items()}
    teacher = {name: torch.tensor(value, dtype=dtype) for name, value in tensors_of(job, rng).items()}
    names = [n for n in w if n in job["trained"] or (job["flaw"] == "extra" and n == job["value"])]
    for name in names:
        w[name].requires_grad_()
    parameters = [w[name] for name in names]
    spec = job["optimizer"]
    declared = job["trained"]
    fields = {"sgd": ["momentum_buffer"] if spec.get("momentum") else []}.get(spec["kind"], ["exp_avg", "exp_avg_sq"])
    initial = {name: lists(value) for name, value in w.items()}
    curves = {"loss": [], "gradNorm": []}
    batches, epochs, tensors = [], [], {name: [] for name in w}
    memory = {field: {name: [] for name in declared} for field in fields}
    optimizer = None
    for epoch in range(job["epochs"]):
        done = flawed if epoch >= job["since"] else job
        if optimizer is None or (job["flaw"] and epoch == job["since"] and epoch > 0):
            state = optimizer.state_dict()["state"] if optimizer else {}
            optimizer = optimizer_of(done, parameters)
            if state and done.get("forgets") is None:
                for k, p in enumerate(parameters):
                    optimizer.state[p].update(state.get(k, {}))
        if epoch % job["every"] == 0 and holdable(w):
            epochs.append(epoch)
            for name, value in w.items():
                tensors[name].append(lists(value))
            for field in fields:
                for name in declared:
                    kept = optimizer.state[w[name]].get(field)
                    memory[field][name].append(lists(torch.zeros_like(w[name]) if kept is None else kept))
        if job["mode"] == "closed-loop":
            start = job["start"]
            x0 = rng.uniform(start["low"], start["high"], (job["B"], 2)) if start["kind"] == "uniform" \
                else start["sd"] * rng.standard_normal((job["B"], 2))
        elif job["mode"] == "open-loop":
            x0 = rng.standard_normal((job["B"], job["T"] + 1))
        else:
            x0 = rng.uniform(0, 2 * np.pi, (job["B"], len(TRACKING["harmonics"])))
        x0 = torch.tensor(x0, dtype=dtype)
        noise = noise_of(done, rng, dtype)
        evaluate = {
            "closed-loop": lambda: closed_loss(done, w, x0, noise),
            "open-loop": lambda: open_loss(done, w, x0, teacher),
            "tracking": lambda: tracking_loss(done, w, x0),
        }[job["mode"]]
        norm_of = lambda: float(torch.sqrt(sum(p.grad.square().sum() for p in parameters if p.grad is not None)))
        if not done.get("accumulates"):
            optimizer.zero_grad()
        loss = evaluate()
        loss.backward()
        if done.get("frozen"):
            # As with requires_grad off.
            w[done["frozen"]].grad = None
        row = [float(loss), norm_of()]
        clip = done.get("clip", spec.get("clip"))
        if clip is not None:
            if done.get("by_value"):
                torch.nn.utils.clip_grad_value_(parameters, clip)
            elif done.get("per_tensor"):
                for p in parameters:
                    torch.nn.utils.clip_grad_norm_([p], clip)
            else:
                torch.nn.utils.clip_grad_norm_(parameters, clip)
        if done.get("clipped_norm"):
            row[1] = norm_of()
        bound = done.get("clip_value", spec.get("clipValue"))
        if bound is not None:
            torch.nn.utils.clip_grad_value_(parameters, bound)
        rates = done.get("rates", spec["lr"])
        for group in optimizer.param_groups:
            group["lr"] = (rates[epoch] if isinstance(rates, list) else rates) * (done["rate"](epoch) if done.get("rate") else 1)
        if epoch >= job["firstUpdate"]:
            optimizer.step()
        if job["rows"] == "after-update":
            loss = evaluate()
            row = [float(loss), float(torch.sqrt(sum(g.square().sum() for g in torch.autograd.grad(loss, [p for p in parameters if p.grad is not None]))))]
        curves["loss"].append(row[0])
        curves["gradNorm"].append(row[1])
        batches.append(lists(x0[:, :job["T"]] if job["mode"] == "open-loop" else x0))
    field = {"closed-loop": "x0", "open-loop": "y", "tracking": "phases"}[job["mode"]]
    agent = {"kind": job["agent"], "N": job["N"], **({} if job["agent"] in ("gru", "lstm") else {"leak": job["leak"]})}
    protocol = {
        "mode": "open-loop" if job["mode"] == "open-loop" else "closed-loop",
        "plant": {"kind": "cursor", "axes": 2, "dt": job["dt"]} if job["mode"] == "tracking"
        else {"kind": "integrator", "order": 2, "dt": job["dt"]},
        "agent": agent, "horizon": job["T"], "batch": job["B"],
        "loss": {"state": "position", "beta": 0} if job["mode"] == "tracking"
        else job["loss"] or {"state": job["state"], "beta": job["beta"], "control": job["control"]},
        "optimizer": {"clip": None, **spec}, "trained": declared, "epochs": job["epochs"], "firstUpdate": job["firstUpdate"],
        "precision": job["precision"], "rows": job["rows"],
    }
    if job["mode"] == "closed-loop":
        protocol["start"] = job["start"]
        noise = {name: job[name] for name in ("process", "observation") if job[name]}
        protocol.update({"noise": noise} if noise else {})
    elif job["mode"] == "open-loop":
        protocol["inputs"] = {"kind": "white-observation", "calledAtZero": True}
        protocol["teacher"] = {name: lists(value) for name, value in teacher.items()}
    else:
        protocol["tracking"] = TRACKING
    return {
        "format": "loop-run/1", "protocol": protocol, "curves": curves,
        "weights": {"initial": initial, **({"final": {name: lists(value) for name, value in w.items()}} if holdable(w) else {})},
        "starts": {field: batches},
        "snapshots": {"epochs": epochs, **tensors, **({"optimizer": memory} if fields else {})},
        "provenance": {"producer": "spec/runs/support/torch_trainer.py", "version": "PyTorch " + torch.__version__, "seed": job["seed"]},
    }


def holdable(w):
    """Whether a file may hold the weights: those of a training that diverges are left out."""
    return all(bool((value.abs() <= 1e9).all()) for value in w.values())


def recorded(job):
    made = run(job)
    return dict(made, curves=text(made["curves"]))


if __name__ == "__main__":
    serve(recorded, DEFAULTS)
