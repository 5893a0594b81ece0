"""Agents of torch.nn cells, trained in closed loop and recorded in the three lines that a user writes.

Usage: recorded_cells.py JOBS   (JSON: a list of jobs; what a job leaves out is DEFAULTS')
"form" is what the recorder is given: the module, its state dict, one wrapped as compiled modules are, tensors by name, or arrays as
programs of JAX have them, with what the optimiser remembers. "recorder" is the file that records.
"""
import collections
import importlib.util
import json
import sys

import torch

sys.dont_write_bytecode = True
torch.set_num_threads(1)

DEFAULTS = {
    "recorder": "src/runs/loopproof_recorder.py", "cell": "RNN", "nonlinearity": "tanh", "optimizer": "Adam", "settings": {},
    "double": False, "form": "module", "lr": 0.01, "clip": 1.0, "N": 12, "T": 8, "B": 6, "epochs": 11, "every": 4, "rows": "before-update", "late": False, "mode": "closed-loop",
    "stops": None, "scheduler": None, "clip_value": None,
}
ScaleByAdamState = collections.namedtuple("ScaleByAdamState", ["count", "mu", "nu"])


class Agent(torch.nn.Module):
    def __init__(self, job):
        super().__init__()
        gated = job["cell"].startswith("GRU")
        options = {} if gated else {"nonlinearity": job["nonlinearity"], "bias": False}
        self.rnn = getattr(torch.nn, job["cell"])(1, job["N"], **options)
        self.readout = torch.nn.Linear(job["N"], 1, bias=False)

    def forward(self, y, h):
        h = self.rnn(y, h) if isinstance(self.rnn, torch.nn.RNNCellBase) else self.rnn(y[None], h[None])[1][0]
        return self.readout(h), h


class Wrapped(torch.nn.Module):
    """torch.compile of newer releases leaves such a module."""

    def __init__(self, module):
        super().__init__()
        self._orig_mod = module


def turned(tensors):
    """As programs of JAX have it: nested dicts of arrays that are multiplied from the right."""
    i, h, o = (tensor.detach().numpy().T.copy() for tensor in tensors)
    return {"params": {"cell": {"i": {"kernel": i}, "h": {"kernel": h}}, "readout": {"kernel": o}}}


def given(form, model, optimizer):
    """Model, optimiser and gradients for the recorder."""
    tensors = list(model.parameters())
    if form == "jax":
        state = [optimizer.state.get(tensor, {}) for tensor in tensors]
        memory = lambda field: turned([one.get(field, torch.zeros_like(t)) for one, t in zip(state, tensors)])
        moments = ScaleByAdamState(None, memory("exp_avg"), memory("exp_avg_sq"))
        return turned(tensors), (moments, ()), turned([tensor.grad for tensor in tensors])
    names = ["Wih", "Whh", "bih", "bhh", "Who"] if len(tensors) == 5 else ["Wih", "Whh", "Who"]
    forms = {"module": model, "state": model.state_dict(), "compiled": Wrapped(model), "named": dict(zip(names, tensors))}
    return forms[form], optimizer, None


def train(job):
    spec = importlib.util.spec_from_file_location("recorder", job["recorder"])
    recorder = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recorder)
    torch.set_default_dtype(torch.float64 if job["double"] else torch.float32)
    torch.manual_seed(1)
    model = Agent(job)
    optimizer = getattr(torch.optim, job["optimizer"])(model.parameters(), lr=job["lr"], **job["settings"])
    # In open loop agents see noise, T × B × 1 as PyTorch's sequences are, and the student copies the teacher's actions.
    teacher = Agent(job).requires_grad_(False) if job["mode"] == "open-loop" else None
    modes = {"inputs": {"kind": "white-observation", "calledAtZero": True}, "teacher": teacher} if teacher else {
        "start": {"kind": "uniform", "low": -1, "high": 1}}
    scheduler = job["scheduler"] and getattr(torch.optim.lr_scheduler, job["scheduler"][0])(optimizer, **job["scheduler"][1])
    protocol = recorder.protocol_of(
        model, optimizer, clip=job["clip"], clip_value=job["clip_value"], plant={"kind": "integrator", "order": 2, "dt": 1}, horizon=job["T"], batch=job["B"],
        epochs=job["epochs"], loss={"state": "mean", "beta": 0}, rows=job["rows"], mode=job["mode"], **modes)
    if job["form"] == "jax":
        protocol["optimizer"]["lr"] = job["lr"]
    run = recorder.Recorder(protocol, snapshots=job["every"], seed=1)
    A, Bu = torch.tensor([[1.0, 1.0], [0.0, 1.0]]), torch.tensor([0.0, 1.0])

    def controls(agent, y):
        return agent.readout(agent.rnn(y)[0])

    def closed(x0):
        x, h, u, states = x0, torch.zeros(job["B"], job["N"]), torch.zeros(job["B"], 1), []
        for _ in range(job["T"]):
            states.append(x)
            x = x @ A.T + u * Bu
            u, h = model(x[:, :1], h)
        return torch.stack(states).square().mean()

    def evaluate(drawn):
        loss = (controls(model, drawn) - controls(teacher, drawn)).square().mean() if teacher else closed(drawn)
        optimizer.zero_grad()
        loss.backward()
        return loss

    def row(loss, x0):
        weights, memory, gradients = given(job["form"], model, optimizer)
        run.row(loss, weights, memory, x0, gradients)

    for epoch in range(job["epochs"]):
        x0 = torch.randn(job["T"], job["B"], 1) if teacher else 2 * torch.rand(job["B"], 2) - 1
        loss = evaluate(x0)
        before = job["rows"] == "before-update" and not job["late"]
        if before:
            row(loss, x0)
        if epoch == job["stops"]:
            break
        if job["clip"] is not None:
            torch.nn.utils.clip_grad_norm_(model.parameters(), job["clip"])
        if job["clip_value"] is not None:
            torch.nn.utils.clip_grad_value_(model.parameters(), job["clip_value"])
        optimizer.step()
        if not before:
            row(loss if job["late"] else evaluate(x0), x0)
        if scheduler:
            scheduler.step()
    run.save(job["out"], given(job["form"], model, optimizer)[0])


for job in json.loads(sys.argv[1]):
    try:
        train({**DEFAULTS, **job})
        print("recorded")
    except Exception as error:
        print(error)
