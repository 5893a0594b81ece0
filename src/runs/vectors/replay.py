"""Replays the conformance vectors of a folder with numpy: python3 replay.py [FOLDER]"""
import json, pathlib, sys
import numpy as np
def step(p, w, x, h, u):  # plant, observation, update, action; one column per trial
    (A, B, C), kind = (np.array(p["plant"][k]) for k in "ABC"), p["agent"]["kind"]
    y = C @ (x := A @ x + B @ u)
    if kind == "gru":  # PyTorch's GRUCell: gates r, z, n
        a, b = w["Wih"] @ y + w["bih"][:, None], w["Whh"] @ h + w["bhh"][:, None]
        (ar, az, an), (br, bz, bn) = np.split(a, 3), np.split(b, 3)
        r, z = 1 / (1 + np.exp(-ar - br)), 1 / (1 + np.exp(-az - bz))
        h, Z = (1 - z) * np.tanh(an + r * bn) + z * h, w["Who"]
    else:
        M, Z, W = (w["m"].T, w["z"], w["U"].T @ w["V"]) if "m" in w else (w["Wih"], w["Who"], w["Whh"])
        drive, leak = W @ h + M @ y, p["agent"]["leak"]
        h = (1 - leak) * h + leak * (np.tanh(drive) if kind == "tanh" else drive)
    return x, h, Z @ h
def loss(p, w):  # h and u are 0 at t = 0
    x, h, u = np.array(p["start"]["x0"]), np.zeros((p["agent"]["N"], p["batch"])), np.zeros((1, p["batch"]))
    T, total = p["horizon"], 0
    for t in range(T):
        x, h, u = step(p, w, x, h, u) if t else (x, h, u)
        total = total + (x * x).mean() / T + p["loss"]["beta"] * (u * u).sum() / p["batch"]
    return total
def gradient(p, w, name):  # by complex steps, which do not cancel
    e = np.eye(w[name].size).reshape(-1, *w[name].shape)
    return np.array([loss(p, {**w, name: w[name] + 1e-100j * d}).imag for d in e]).reshape(w[name].shape) / 1e-100
folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
for name, s in json.loads((folder / "coupled-steps.json").read_text()).items():
    run = json.loads((folder / f"{name}.json").read_text())
    p, c = run["protocol"], run["curves"]
    first, last = ({k: np.array(v) for k, v in run["weights"][end].items()} for end in ("initial", "final"))
    g = {k: gradient(p, first, k) for k in p["trained"]}
    norm, clip = np.sqrt(sum((v * v).sum() for v in g.values())), p["optimizer"]["clip"]
    factor = min(1, clip / (norm + 1e-6)) if clip else 1
    pairs = list(zip(step(p, first, *map(np.array, s["before"].values())), s["after"].values()))
    pairs += [(loss(p, first), c["loss"][0]), (norm, c["gradNorm"][0]), (factor, c["clipFactor"][0])]
    pairs += [(g[k], run["gradients"][k][0]) for k in g]
    pairs += [(first[k] - p["optimizer"]["lr"] * factor * g.get(k, 0), last[k]) for k in last]
    for ours, theirs in pairs: np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-13, err_msg=name)
    print(f"{name}: one step, loss, gradients, update")
