"""Low-rank agents trained in closed loop and recorded: by PyTorch's autograd, or by NumPy with gradients by hand.

Usage: recorded_loop.py torch|numpy OUT EPOCHS PRECISION LR [SINCE [PAUSE]]

The protocol declares a learning rate of 0.01; in NumPy another LR is used from epoch SINCE on. OUT is a stream if it ends in .d.
PAUSE is how many seconds an epoch waits.
"""
import os
import sys
import time

import numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "..", "src", "runs"))
from loopproof_recorder import Recorder  # noqa: E402

N, T, B, CLIP = 20, 15, 16, 1.0


def protocol(epochs, precision):
    return {
        "mode": "closed-loop",
        "plant": {"kind": "integrator", "order": 2, "dt": 1},
        "agent": {"kind": "linear-low-rank", "N": N, "rank": 1, "leak": 1},
        "horizon": T,
        "start": {"kind": "uniform", "low": -2, "high": 2},
        "batch": B,
        "loss": {"state": "mean", "beta": 0},
        "optimizer": {"kind": "sgd", "lr": 0.01, "clip": CLIP},
        "trained": ["z", "U", "V"],
        "epochs": epochs,
        "precision": precision,
    }


def drawn(random):
    bound = 1 / np.sqrt(N)
    uniform, normal = lambda: random.uniform(-bound, bound, N), lambda: random.standard_normal((N, 1)) * bound
    return {"m": uniform(), "z": uniform(), "U": normal(), "V": normal()}


def with_torch(run, epochs, dtype, lr, random):
    import torch

    torch.set_num_threads(1)
    trained = run.protocol["trained"]
    weights = {
        name: torch.tensor(value.astype(dtype), requires_grad=name in trained) for name, value in drawn(random).items()
    }
    optimizer = torch.optim.SGD([weights[name] for name in trained], lr=lr)
    for _ in range(epochs):
        starts = torch.tensor(random.uniform(-2, 2, (B, 2)).astype(dtype))
        position, velocity, h, loss = starts[:, 0], starts[:, 1], torch.zeros(B, N, dtype=starts.dtype), 0
        for t in range(T):
            loss = loss + (position**2 + velocity**2).sum() / (2 * T * B)
            control = h @ weights["z"]
            position, velocity = position + velocity, velocity + control
            h = (h @ weights["V"]) @ weights["U"].T + torch.outer(position, weights["m"])
        optimizer.zero_grad()
        loss.backward()
        run.row(loss, weights, optimizer, starts)
        torch.nn.utils.clip_grad_norm_([weights[name] for name in trained], CLIP)
        optimizer.step()
    return weights


def with_numpy(run, epochs, dtype, lr, random):
    weights = {name: value.astype(dtype) for name, value in drawn(random).items()}
    for epoch in range(epochs):
        time.sleep(pause)
        m, z, U, V = weights["m"], weights["z"], weights["U"][:, 0], weights["V"][:, 0]
        starts = random.uniform(-2, 2, (B, 2)).astype(dtype)
        xs, hs = [starts], [np.zeros((B, N), dtype)]
        for t in range(T - 1):
            position = xs[t][:, 0] + xs[t][:, 1]
            xs.append(np.stack([position, xs[t][:, 1] + hs[t] @ z], axis=1))
            hs.append(np.outer(hs[t] @ V, U) + np.outer(position, m))
        scale = dtype(1 / (2 * T * B))
        loss = scale * sum((x**2).sum() for x in xs)
        gradients = {name: np.zeros(N, dtype) for name in ("z", "U", "V")}
        of_x, of_h = 2 * scale * xs[-1], np.zeros((B, N), dtype)
        for t in range(T - 1, 0, -1):
            # Step t made x_t and h_t of x_{t−1} and h_{t−1}; the position enters both.
            into_position = of_x[:, 0] + of_h @ m
            along_u = of_h @ U
            gradients["U"] += of_h.T @ (hs[t - 1] @ V)
            gradients["V"] += hs[t - 1].T @ along_u
            gradients["z"] += hs[t - 1].T @ of_x[:, 1]
            of_h = np.outer(along_u, V) + np.outer(of_x[:, 1], z)
            of_x = np.stack([into_position, into_position + of_x[:, 1]], axis=1) + 2 * scale * xs[t - 1]
        gradients = {name: gradient.reshape(weights[name].shape) for name, gradient in gradients.items()}
        run.row(loss, weights, starts=starts, gradients=gradients)
        norm = np.sqrt(sum((gradient**2).sum() for gradient in gradients.values()))
        factor = dtype((lr if epoch >= since else 0.01) * min(1, CLIP / (norm + 1e-6)))
        for name, gradient in gradients.items():
            weights[name] = weights[name] - factor * gradient
    return weights


library, out, epochs, precision, lr = sys.argv[1:6]
since, pause = (float(value) for value in (sys.argv[6:] + [0, 0])[:2])
stream = out if out.endswith(".d") else None
run = Recorder(protocol(int(epochs), precision), stream=stream, seed=1)
train = {"torch": with_torch, "numpy": with_numpy}[library]
final = train(run, int(epochs), np.float32 if precision == "f32" else np.float64, float(lr), np.random.default_rng(1))
run.save(None if stream else out, final)
