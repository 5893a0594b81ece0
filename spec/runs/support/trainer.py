"""An independent trainer of linear low-rank agents in closed loop: numpy only, back-propagation by hand.

It shares no code and no formula with the package: hidden states of N units are rolled out trial by trial, no reduction, no
overlaps in the dynamics. Reads one job per line of standard input, writes one loop-run/1 per line of standard output.

A job: {"seed", "N", "rank", "leak", "T", "B", "epochs", "beta", "control", "state", "dt", "lr", "clip", "trained", "start",
"precision", "optimizer", "momentum", "process", "observation", "snapshots", "flaw", "value", "since"}; everything but "seed" has a
default. "process" and "observation" are the noise's, "snapshots" is how many epochs whole weights are apart, if they are recorded.
"flaw" makes the trainer differ from the protocol that it declares, from the epoch "since" on.
"""
import json
import sys

import numpy as np

np.seterr(all="ignore")

DEFAULTS = {
    "N": 40, "rank": 1, "leak": 1.0, "T": 20, "B": 50, "epochs": 120, "beta": 0.0, "control": "sum-time", "state": "mean",
    "dt": 1.0, "lr": 0.01, "clip": 1.0, "trained": ["z", "U", "V"], "start": {"kind": "uniform", "low": -2.0, "high": 2.0},
    "precision": "f64", "optimizer": "sgd", "momentum": 0.0, "process": 0.0, "observation": 0.0, "snapshots": None,
    "flaw": None, "value": None, "since": 0,
}


def other(tensors, trained):
    """The first tensor that is not trained."""
    return next(name for name in tensors if name not in trained)


def actual(job):
    """What is really done, as against what is declared: the job with its flaw put in."""
    done = dict(job, decay=0.0, clipping="norm", late=False, at_zero=False, after=False, velocity=True, rate=lambda e: 1.0,
                eps=1e-8, beta1=0.9, beta2=0.999, uncorrected=False, decoupled=0.0, nesterov=False, dampening=0.0, gain=1.0,
                accumulates=1, forgets=None, every=None, cuts="hxu", detached=False, clipped_norm=False, ahead=False, keeps=None,
                bias=0.0, dense=0.0, carries=False, bits=None)
    flaw, value = job["flaw"], job["value"]
    if flaw is not None:
        if flaw not in FLAWS:
            raise ValueError("unknown flaw %r" % flaw)
        done.update(FLAWS[flaw](job, value))
    return done


def setting(name):
    """A flaw that is the value of one entry."""
    return lambda job, value: {name: value}


def always(**changes):
    """A flaw without a size."""
    return lambda job, value: changes


# What each flaw changes of what is done.
FLAWS = {
    "horizon": lambda job, value: {"T": job["T"] + value},
    "start": lambda job, value: {"start": {
        key: entry * value if key in ("low", "high", "sd") else entry for key, entry in job["start"].items()
    }},
    "velocity": always(velocity=False),
    "control": always(beta=0.0),
    "penalty": lambda job, value: {"beta": value * job["beta"]},
    "state": setting("state"),
    "control-kind": setting("control"),
    "late": always(late=True),
    "u0": always(at_zero=True),
    "clip": lambda job, value: {"clip": job["clip"] * value},
    "per-tensor": always(clipping="tensor"),
    "clip-value": always(clipping="value"),
    "clip-largest": always(clipping="largest"),
    "unscaled": lambda job, value: {"clip": job["clip"] / value},
    "no-clip": always(clip=None),
    "cosine": lambda job, value: {"rate": lambda e: (1 + np.cos(np.pi * e / job["epochs"])) / 2},
    "exponential": lambda job, value: {"rate": lambda e: value ** e},
    "warm-up": lambda job, value: {"rate": lambda e: min(1.0, (e + 1) / value)},
    "step": lambda job, value: {"rate": lambda e: value ** (e // job["since"])},
    "forgets": lambda job, value: {"forgets": job["since"]},
    "accumulated": lambda job, value: {"accumulates": np.inf if value is None else value},
    "truncated": setting("every"),
    "hidden": lambda job, value: {"every": value, "cuts": "h"},
    "detached": always(detached=True),
    "clipped-norm": always(clipped_norm=True),
    "late-weights": always(ahead=True),
    "adamw": setting("decoupled"),
    "uncorrected": always(uncorrected=True),
    "nesterov": always(nesterov=True),
    "running": always(keeps=lambda e: e / (e + 1)),
    "smoothed": lambda job, value: {"keeps": lambda e: value},
    "leak": lambda job, value: {"gain": 1 / job["leak"]},
    "eta": setting("leak"),
    "carries": always(carries=True),
    "lr": lambda job, value: {"lr": job["lr"] * value},
    "frozen": lambda job, value: {"trained": [name for name in job["trained"] if name != value]},
    "extra": lambda job, value: {"trained": [n for n in ("m", "z", "U", "V") if n in job["trained"] or n == value]},
    "after": always(after=True),
    "f32": always(precision="f32"),
    "dt": lambda job, value: {"dt": job["dt"] * value},
    **{name: setting(name) for name in
       ("eps", "beta1", "beta2", "dampening", "bias", "process", "observation", "dense", "bits", "momentum", "decay")},
    "noise": setting("observation"),
    "noisier": lambda job, value: {"observation": job["observation"] * value},
    "pushier": lambda job, value: {"process": job["process"] * value},
}


def weights_of(done, rng, dtype):
    N, r = done["N"], done["rank"]
    bound = 1 / np.sqrt(N)
    w = {
        "m": rng.uniform(-bound, bound, (1, N)),
        "z": rng.uniform(-bound, bound, (1, N)),
        "U": rng.standard_normal((r, N)) / np.sqrt(N),
        "V": rng.standard_normal((r, N)) / np.sqrt(N),
    }
    return {name: value.astype(dtype) for name, value in w.items()}


def starts_of(done, rng, dtype):
    start = done["start"]
    if start["kind"] == "uniform":
        x0 = rng.uniform(start["low"], start["high"], (2, done["B"]))
    else:
        x0 = start["sd"] * rng.standard_normal((2, done["B"]))
    return x0.astype(dtype)


class Rounded(np.ndarray):
    """An array whose products are of operands rounded to so many bits, as tensor cores take them."""
    bits = None

    def __matmul__(self, other):
        return np.matmul(rounded(self), rounded(other)).view(Rounded)

    def __rmatmul__(self, other):
        return np.matmul(rounded(other), rounded(self)).view(Rounded)


def rounded(array):
    mantissa, exponent = np.frexp(np.asarray(array))
    scale = 2.0 ** Rounded.bits
    return np.ldexp(np.round(mantissa * scale) / scale, exponent).astype(np.asarray(array).dtype)


def loss_and_gradient(w, x0, done, dtype, rng=None, hidden=None):
    """Rolls out all trials and back; x is 2 × B, h is N × B. hidden: a full-rank recurrence, and the state to begin with."""
    W, h0 = hidden or (None, None)
    noisy = lambda sd, like: dtype(sd) * rng.standard_normal(like.shape).astype(dtype) if sd else np.zeros_like(like)
    gain, bias = dtype(done["gain"]), dtype(done["bias"])
    T, B, dt, eta = done["T"], done["B"], dtype(done["dt"]), dtype(done["leak"])
    A = np.array([[1, dt], [0, 1]], dtype)
    m, z, U, V = w["m"][0], w["z"][0], w["U"].T, w["V"].T
    if done["bits"]:
        Rounded.bits = done["bits"]
        A, m, z, U, V = (part.view(Rounded) for part in (A, m, z, U, V))
    N = len(m)
    mean = done["state"]
    per = {"mean": 1 / (2 * T * B), "text": 1 / (T * B), "sum-mean": 1 / (2 * B), "position": 1 / (T * B)}[mean]
    c = np.array([[per], [per if done["velocity"] and mean != "position" else 0]]).astype(dtype)
    b = {"sum-time": 1 / B, "sum-all": 1, "mean": 1 / (T * B), "sum-batch": 1 / T}[done["control"]]
    b = dtype(done["beta"] * b)
    x, h, seen = [x0], [np.zeros((N, x0.shape[1]), dtype) if h0 is None else h0], [None]
    if done["at_zero"]:
        h[0] = eta * np.outer(m, x0[0])
    u = [z @ h[0] if h0 is None else np.zeros_like(x0[0])]
    for t in range(T - 1):
        xn = A @ x[t]
        xn[1] += dt * u[t]
        xn = xn + noisy(done["process"] * np.sqrt(done["dt"]), xn)
        y = gain * (x[t][0] if done["late"] else xn[0])
        y = y + noisy(done["observation"], y)
        mem = V.T @ h[t]
        rest = 0 if W is None else W @ h[t]
        h.append((1 - eta) * h[t] + eta * (U @ mem + np.outer(m, y) + rest))
        x.append(xn)
        seen.append(y)
        u.append(z @ h[t + 1] + bias)
    loss = sum((c * xt * xt).sum() for xt in x) + b * sum((ut * ut).sum() for ut in u)
    g = {name: np.zeros_like(value) for name, value in w.items()}
    # Steps are counted from the one that leads to x_1: what enters step k·every is detached.
    cut = lambda t, part: done["every"] and part in done["cuts"] and t > 0 and (t + 1) % done["every"] == 0
    px, ph = np.zeros_like(x[0]), np.zeros_like(h[0])
    for t in range(T - 1, -1, -1):
        # px, ph: what the steps after t pass back to x_t and h_t; first the scores at t.
        px = px + 2 * c * x[t]
        pu = 2 * b * u[t]
        if t < T - 1 and not cut(t, "u"):
            pu = pu + dt * later[1]
        g["z"][0] += h[t] @ pu
        ph = ph + np.outer(z, pu)
        if t == 0:
            if done["at_zero"]:
                g["m"][0] += eta * (ph @ x[0][0])
            break
        # h_t = (1 − η) h_{t−1} + η (U Vᵀ h_{t−1} + m y)
        mem = V.T @ h[t - 1]
        pm = eta * (U.T @ ph)
        g["U"] += (eta * (ph @ mem.T)).T
        g["V"] += (h[t - 1] @ pm.T).T
        g["m"][0] += eta * (ph @ seen[t])
        py = gain * eta * (m @ ph)
        before = np.zeros_like(px)
        if done["detached"]:
            pass
        elif done["late"]:
            before[0] = py
        else:
            px = px.copy()
            px[0] += py
        # x_t = A x_{t−1} + dt e₂ u_{t−1}
        later = px
        px = (0 if cut(t - 1, "x") else 1) * (A.T @ px) + before
        rest = 0 if W is None else eta * (W.T @ ph)
        ph = (0 if cut(t - 1, "h") else 1) * ((1 - eta) * ph + V @ pm + rest)
    return loss, g, h[-1]


def text(value):
    """Numbers as a run file has them, those of a run that diverged as text."""
    if isinstance(value, (list, dict)):
        return [text(v) for v in value] if isinstance(value, list) else {name: text(v) for name, v in value.items()}
    value = float(value)
    return value if np.isfinite(value) else "NaN" if np.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def train(job):
    done = actual(job)
    dtype = np.float32 if done["precision"] == "f32" else np.float64
    rng = np.random.default_rng(job["seed"])
    w = weights_of(done, rng, dtype)
    first = {name: value.copy() for name, value in w.items()}
    velocity = {name: np.zeros_like(value) for name, value in w.items()}
    curves = {name: [] for name in ("loss", "gradNorm", "clipFactor", "gram", "moments")}
    overlaps = {name: [] for name in ("zm", "zu", "vm", "vu")}
    snapshots = {name: [] for name in ("epochs", *w)}
    starts = []
    listed = lambda weights: {name: [[float(v) for v in row] for row in value] for name, value in weights.items()}

    def norm_of(g, names):
        return float(np.sqrt(sum((g[name] ** 2).sum() for name in names)))

    def observe():
        columns = np.concatenate([w["m"], w["z"], w["U"], w["V"]])
        gram = columns @ columns.T
        curves["gram"].append([float(gram[i, j]) for i in range(len(gram)) for j in range(i + 1)])
        for name, (left, right) in {"zm": "zm", "zu": "zU", "vm": "Vm", "vu": "VU"}.items():
            block = w[left] @ w[right].T
            overlaps[name].append(float(block[0, 0]) if block.size == 1 else [[float(v) for v in row] for row in block])

    if done["dense"]:
        W = (done["dense"] * rng.standard_normal((job["N"], job["N"])) / np.sqrt(job["N"])).astype(dtype)
    else:
        W = None
    state = None
    square = {name: np.zeros_like(value) for name, value in w.items()}
    kept = {name: np.zeros_like(value) for name, value in w.items()}
    count, logged = 0, None

    for e in range(job["epochs"]):
        # Flaws of the update and of what is logged begin in epoch "since".
        now = done if e >= job["since"] or job["flaw"] in ("forgets", "step") else actual(dict(job, flaw=None))
        if job["snapshots"] and e % job["snapshots"] == 0:
            for name, value in {"epochs": e, **listed(w)}.items():
                snapshots[name].append(value)
        x0 = starts_of(done, rng, dtype)
        starts.append([[float(v) for v in trial] for trial in x0.T])
        sigma = x0 @ x0.T / dtype(done["B"])
        hidden = None if W is None and state is None else (W, state)
        loss, g, last = loss_and_gradient(w, x0, now, dtype, rng, hidden)
        if now["carries"]:
            state = last
        trained = now["trained"]
        g = {name: g[name] + kept[name] for name in g}
        norm = norm_of(g, trained)
        clip = now["clip"]
        kappa = 1.0 if clip is None else min(1.0, clip / (norm + 1e-6))
        share = now["keeps"](e) if now["keeps"] and logged is not None else 0
        logged = share * (logged or 0) + (1 - share) * float(loss)

        def row():
            curves["loss"].append(logged)
            curves["gradNorm"].append(norm * kappa if now["clipped_norm"] else norm)

        if not done["after"] and not now["ahead"]:
            observe()
        if not done["after"]:
            row()
        curves["clipFactor"].append(kappa)
        ends = now["accumulates"] == np.inf or (e + 1) % now["accumulates"] == 0
        if e == now["forgets"]:
            count = 0
            velocity = {name: np.zeros_like(value) for name, value in w.items()}
            square = {name: np.zeros_like(value) for name, value in w.items()}
        count += ends
        lr = now["lr"] * now["rate"](e)
        largest = max(np.abs(g[name]).max() for name in trained)
        for name in trained:
            if clip is None:
                clipped = g[name]
            elif now["clipping"] == "value":
                clipped = np.clip(g[name], -clip, clip)
            else:
                size = {"norm": norm, "tensor": norm_of(g, [name]), "largest": largest}[now["clipping"]]
                clipped = dtype(min(1, clip / (size + 1e-6))) * g[name]
            kept[name] = clipped if now["accumulates"] == np.inf else 0 * g[name] if ends else g[name]
            if not ends:
                continue
            step = clipped + dtype(now["decay"]) * w[name]
            if job["optimizer"] == "sgd":
                taken = 1 if count == 1 else 1 - now["dampening"]
                velocity[name] = dtype(now["momentum"]) * velocity[name] + dtype(taken) * step
                ahead = step + dtype(now["momentum"]) * velocity[name] if now["nesterov"] else velocity[name]
                w[name] = w[name] - dtype(lr) * ahead
            else:
                b1, b2 = dtype(now["beta1"]), dtype(now["beta2"])
                velocity[name] = b1 * velocity[name] + (1 - b1) * step
                square[name] = b2 * square[name] + (1 - b2) * step * step
                c1, c2 = (1, 1) if now["uncorrected"] else (1 - now["beta1"] ** count, 1 - now["beta2"] ** count)
                root = np.sqrt(square[name] / dtype(c2)) + dtype(now["eps"])
                w[name] = dtype(1 - lr * now["decoupled"]) * w[name] - dtype(lr / c1) * (velocity[name] / root)
        if now["ahead"]:
            observe()
        if done["after"]:
            observe()
            loss, g, _ = loss_and_gradient(w, x0, now, dtype, rng, hidden)
            curves["loss"].append(float(loss))
            curves["gradNorm"].append(norm_of(g, trained))
        curves["moments"].append([float(sigma[0, 0]), float(sigma[1, 0]), float(sigma[1, 1])])
    finite = all(np.abs(value).max() < 1e30 for value in w.values())
    noise = {name: job[name] for name in ("process", "observation") if job[name]}
    return {
        "format": "loop-run/1",
        "protocol": {
            "mode": "closed-loop",
            "plant": {"kind": "integrator", "order": 2, "dt": job["dt"]},
            "agent": {"kind": "linear-low-rank", "N": job["N"], "rank": job["rank"], "leak": job["leak"]},
            "horizon": job["T"], "start": job["start"], "batch": job["B"],
            "loss": {"state": job["state"], "beta": job["beta"], "control": job["control"]},
            "optimizer": dict({"kind": job["optimizer"], "lr": job["lr"], "clip": job["clip"]},
                              **({"momentum": job["momentum"]} if job["momentum"] and job["optimizer"] == "sgd" else {})),
            "trained": job["trained"], "epochs": job["epochs"], "precision": job["precision"],
            **({"noise": noise} if noise else {}),
        },
        "curves": text(dict(curves, overlaps=overlaps)),
        "weights": dict({"initial": listed(first)}, **({"final": listed(w)} if finite else {})),
        **({"snapshots": snapshots, "starts": {"x0": starts}} if job["snapshots"] else {}),
        "provenance": {"producer": "trainer.py", "version": "1", "seed": job["seed"]},
    }


def serve(train, defaults):
    """Trains as each line of standard input says, and writes a run per line."""
    for line in sys.stdin:
        if line.strip():
            print(json.dumps(train({**defaults, **json.loads(line)})), flush=True)


if __name__ == "__main__":
    serve(train, DEFAULTS)
