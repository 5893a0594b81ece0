"""An independent trainer of linear low-rank agents in closed loop: numpy only, back-propagation by hand.

It shares no code and no formula with the package: hidden states of N units are rolled out trial by trial, no reduction, no
overlaps in the dynamics. Reads one job per line of standard input, writes one loop-run/1 per line of standard output.

A job: {"seed", "N", "rank", "leak", "T", "B", "epochs", "beta", "control", "state", "dt", "lr", "clip", "trained", "start",
"precision", "flaw", "value", "since", "momentum"}; everything but "seed" has a default. "flaw" makes the trainer differ from the
protocol that it declares, from the epoch "since" on.
"""
import json
import sys

import numpy as np

DEFAULTS = {
    "N": 40, "rank": 1, "leak": 1.0, "T": 20, "B": 50, "epochs": 120, "beta": 0.0, "control": "sum-time", "state": "mean",
    "dt": 1.0, "lr": 0.01, "clip": 1.0, "trained": ["z", "U", "V"], "start": {"kind": "uniform", "low": -2.0, "high": 2.0},
    "precision": "f64", "flaw": None, "value": None, "since": 0, "momentum": 0.0,
}


def other(tensors, trained):
    """The first tensor that is not trained."""
    return next(name for name in tensors if name not in trained)


def actual(job):
    """What is really done, as against what is declared: the job with its flaw put in."""
    done = dict(job, decay=0.0, forgets=False, per_tensor=False, late=False, at_zero=False, after=False, velocity=True)
    flaw, value = job["flaw"], job["value"]
    if flaw == "horizon":
        done["T"] = job["T"] + value
    elif flaw == "start":
        start = dict(job["start"])
        for key in ("low", "high", "sd"):
            if key in start:
                start[key] = start[key] * value
        done["start"] = start
    elif flaw == "velocity":
        done["velocity"] = False
    elif flaw == "control":
        done["beta"] = 0.0
    elif flaw == "state":
        done["state"] = value
    elif flaw == "control-kind":
        done["control"] = value
    elif flaw == "late":
        done["late"] = True
    elif flaw == "u0":
        done["at_zero"] = True
    elif flaw == "clip":
        done["clip"] = job["clip"] * value
    elif flaw == "per-tensor":
        done["per_tensor"] = True
    elif flaw == "lr":
        done["lr"] = job["lr"] * value
    elif flaw == "momentum":
        done["momentum"] = value
    elif flaw == "decay":
        done["decay"] = value
    elif flaw == "forgets":
        done["forgets"] = True
    elif flaw == "frozen":
        done["trained"] = [name for name in job["trained"] if name != value]
    elif flaw == "extra":
        done["trained"] = [name for name in ("m", "z", "U", "V") if name in job["trained"] or name == value]
    elif flaw == "after":
        done["after"] = True
    elif flaw == "f32":
        done["precision"] = "f32"
    elif flaw == "dt":
        done["dt"] = job["dt"] * value
    elif flaw is not None:
        raise ValueError("unknown flaw %r" % flaw)
    return done


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


def loss_and_gradient(w, x0, done, dtype):
    """Rolls out all trials and back; x is 2 × B, h is N × B."""
    T, B, dt, eta = done["T"], done["B"], dtype(done["dt"]), dtype(done["leak"])
    A = np.array([[1, dt], [0, 1]], dtype)
    m, z, U, V = w["m"][0], w["z"][0], w["U"].T, w["V"].T
    N = len(m)
    mean = done["state"]
    per = {"mean": 1 / (2 * T * B), "text": 1 / (T * B), "sum-mean": 1 / (2 * B), "position": 1 / (T * B)}[mean]
    c = np.array([[per], [per if done["velocity"] and mean != "position" else 0]]).astype(dtype)
    b = {"sum-time": 1 / B, "sum-all": 1, "mean": 1 / (T * B), "sum-batch": 1 / T}[done["control"]]
    b = dtype(done["beta"] * b)
    x, h, s = [x0], [np.zeros((N, x0.shape[1]), dtype)], [None]
    if done["at_zero"]:
        h[0] = eta * np.outer(m, x0[0])
    u = [z @ h[0]]
    for t in range(T - 1):
        xn = A @ x[t]
        xn[1] += dt * u[t]
        y = x[t][0] if done["late"] else xn[0]
        mem = V.T @ h[t]
        h.append((1 - eta) * h[t] + eta * (U @ mem + np.outer(m, y)))
        x.append(xn)
        u.append(z @ h[t + 1])
    loss = sum((c * xt * xt).sum() for xt in x) + b * sum((ut * ut).sum() for ut in u)
    g = {name: np.zeros_like(value) for name, value in w.items()}
    px, ph = np.zeros_like(x[0]), np.zeros_like(h[0])
    for t in range(T - 1, -1, -1):
        # px, ph: what the steps after t pass back to x_t and h_t; first the scores at t.
        px = px + 2 * c * x[t]
        pu = 2 * b * u[t]
        if t < T - 1:
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
        y = x[t - 1][0] if done["late"] else x[t][0]
        g["m"][0] += eta * (ph @ y)
        py = eta * (m @ ph)
        before = np.zeros_like(px)
        if done["late"]:
            before[0] = py
        else:
            px = px.copy()
            px[0] += py
        # x_t = A x_{t−1} + dt e₂ u_{t−1}
        later = px
        px = A.T @ px + before
        ph = (1 - eta) * ph + V @ pm
    return loss, g


def train(job):
    declared, flawed = actual(dict(job, flaw=None)), actual(job)
    done = declared
    dtype = np.float32 if flawed["precision"] == "f32" else np.float64
    rng = np.random.default_rng(job["seed"])
    w = weights_of(done, rng, dtype)
    first = {name: value.copy() for name, value in w.items()}
    velocity = {name: np.zeros_like(value) for name, value in w.items()}
    curves = {name: [] for name in ("loss", "gradNorm", "clipFactor", "gram", "moments")}
    overlaps = {name: [] for name in ("zm", "zu", "vm", "vu")}

    def norm_of(g, names):
        return float(np.sqrt(sum((g[name] ** 2).sum() for name in names)))

    def observe():
        columns = np.concatenate([w["m"], w["z"], w["U"], w["V"]])
        gram = columns @ columns.T
        curves["gram"].append([float(gram[i, j]) for i in range(len(gram)) for j in range(i + 1)])
        for name, (left, right) in {"zm": "zm", "zu": "zU", "vm": "Vm", "vu": "VU"}.items():
            block = w[left] @ w[right].T
            overlaps[name].append(float(block[0, 0]) if block.size == 1 else [[float(v) for v in row] for row in block])

    for epoch in range(job["epochs"]):
        done = flawed if epoch >= job["since"] else declared
        if done["forgets"] and epoch == job["since"]:
            velocity = {name: np.zeros_like(value) for name, value in w.items()}
        x0 = starts_of(done, rng, dtype)
        sigma = x0 @ x0.T / dtype(done["B"])
        loss, g = loss_and_gradient(w, x0, done, dtype)
        trained = done["trained"]
        norm = norm_of(g, trained)
        if not done["after"]:
            observe()
            curves["loss"].append(float(loss))
            curves["gradNorm"].append(norm)
        clip = done["clip"]
        curves["clipFactor"].append(1.0 if clip is None else min(1.0, clip / (norm + 1e-6)))
        for name in trained:
            size = norm_of(g, [name]) if done["per_tensor"] else norm
            kappa = 1 if clip is None else min(1, clip / (size + 1e-6))
            step = dtype(kappa) * g[name] + dtype(done["decay"]) * w[name]
            velocity[name] = dtype(done["momentum"]) * velocity[name] + step
            w[name] = w[name] - dtype(done["lr"]) * velocity[name]
        if done["after"]:
            observe()
            loss, g = loss_and_gradient(w, x0, done, dtype)
            curves["loss"].append(float(loss))
            curves["gradNorm"].append(norm_of(g, trained))
        curves["moments"].append([float(sigma[0, 0]), float(sigma[1, 0]), float(sigma[1, 1])])
    listed = lambda weights: {name: [[float(v) for v in row] for row in value] for name, value in weights.items()}
    return {
        "format": "loop-run/1",
        "protocol": {
            "mode": "closed-loop",
            "plant": {"kind": "integrator", "order": 2, "dt": job["dt"]},
            "agent": {"kind": "linear-low-rank", "N": job["N"], "rank": job["rank"], "leak": job["leak"]},
            "horizon": job["T"], "start": job["start"], "batch": job["B"],
            "loss": {"state": job["state"], "beta": job["beta"], "control": job["control"]},
            "optimizer": {
                "kind": "sgd", "lr": job["lr"], "clip": job["clip"], **({"momentum": job["momentum"]} if job["momentum"] else {}),
            },
            "trained": job["trained"], "epochs": job["epochs"], "precision": job["precision"],
        },
        "curves": dict(curves, overlaps=overlaps),
        "weights": {"initial": listed(first), "final": listed(w)},
        "provenance": {"producer": "trainer.py", "version": "1", "seed": job["seed"]},
    }


for line in sys.stdin:
    if line.strip():
        print(json.dumps(train({**DEFAULTS, **json.loads(line)})), flush=True)
