"""Records a learning run as loop-run/1, for `loopproof check`. NumPy only; tensors of PyTorch and JAX are welcome.

    from loopproof_recorder import Recorder
    run = Recorder(protocol)                                      # a dict, as in the run format
    ...
        loss.backward()
        run.row(loss, weights, gradients, starts)                 # before clipping and before the update
    ...
    run.save("run.npz", weights)

weights    {"m", "z", "U", "V"}: vectors of N numbers, or matrices of them as rows or as columns
           {"Wih", "Whh", "Who"}: matrices as the run format has them (PyTorch's)
           of gated agents "bih" and "bhh" besides; other names are refused
gradients  of the trained ones, by the same names; for PyTorch leave it out: .grad of the weights is taken
starts     the epoch's batch of x_0, one row per trial

Loss alone is enough for a file; what else is given decides how much of the run can be judged. What a file could not hold is refused
when it is given, by a ValueError that says what to change.
"""
import json
import os

import numpy as np

COLUMNS = ("m", "z", "U", "V")
MATRICES = ("Wih", "Whh", "Who")
# Fields of a protocol.
REQUIRED = {"mode", "plant", "agent", "horizon", "batch", "epochs", "loss", "optimizer"}
OPTIONAL = {"start", "trained", "firstUpdate", "precision", "rows", "tracking", "inputs", "teacher"}
# Names of PyTorch's modules, and ours.
KNOWN_AS = "weight_ih_l0 is Wih, weight_hh_l0 is Whh, the weight of the read-out is Who"
# Larger weights, and what is not finite, the run format does not take.
LARGEST = 1e30


def array(tensor):
    """Any tensor in double precision, on the CPU, without its graph."""
    if hasattr(tensor, "detach"):
        tensor = tensor.detach().double().cpu().numpy()
    return np.array(tensor, dtype=np.float64)


def triangle(matrix):
    """The lower triangle, row by row."""
    return matrix[np.tril_indices(len(matrix))]


class Recorder:
    """One run. `protocol`: the dict of the run format; `provenance`: what else is worth knowing, such as seed=0."""

    def __init__(self, protocol, **provenance):
        self.protocol, self.provenance = protocol, {"producer": "loopproof_recorder", **provenance}
        self.curves, self.initial, self.rows = {}, None, 0
        fields = set(protocol)
        if not REQUIRED <= fields or not fields <= REQUIRED | OPTIONAL:
            wrong = sorted(REQUIRED - fields) or sorted(fields - REQUIRED - OPTIONAL)
            raise ValueError("a protocol has the fields of the run format; check %s" % ", ".join(wrong))

    def row(self, loss, weights=None, gradients=None, starts=None):
        """One epoch: its loss, and, as far as they are given, what it was computed from."""
        entries = {"loss": array(loss).reshape(())}
        vectors = None if weights is None else self._vectors(weights)
        if vectors is not None:
            if all(name in vectors for name in COLUMNS):
                m, z, U, V = (vectors[name] for name in COLUMNS)
                for name, block in (("zm", z @ m.T), ("zu", z @ U.T), ("vm", V @ m.T), ("vu", V @ U.T)):
                    entries["overlaps/" + name] = block if block.size != 1 else block[0, 0]
                columns = np.concatenate([m, z, U, V])
                entries["gram"] = triangle(columns @ columns.T)
            if gradients is None:
                gradients = {name: getattr(tensor, "grad", None) for name, tensor in weights.items()}
        used = [(gradients or {}).get(name) for name in self.protocol.get("trained", [])]
        if used and all(gradient is not None for gradient in used):
            entries["gradNorm"] = np.sqrt(sum(np.sum(array(gradient) ** 2) for gradient in used))
        if starts is not None:
            x0 = array(starts)
            entries["moments"] = triangle(x0.T @ x0 / len(x0))
        some = sorted(set(entries) ^ set(self.curves)) if self.rows else []
        if some:
            raise ValueError("row %d: %s in some rows only; give what it takes in all rows, or in none" % (self.rows, ", ".join(some)))
        self.initial = self.initial or vectors
        for name, value in entries.items():
            self.curves.setdefault(name, []).append(value)
        self.rows += 1

    def save(self, path, weights=None):
        """Writes the run: NPZ, or JSON for a name that ends in .json. `weights`: the final ones."""
        if self.rows == 0:
            raise ValueError("there is no row to save: call row in every epoch")
        # A run that went on for longer than declared is one of so many epochs.
        protocol = {**self.protocol, "epochs": max(self.protocol.get("epochs", 0), self.rows)}
        fields = {"format": "loop-run/1", "protocol": protocol, "provenance": self.provenance}
        arrays = {"curves/" + name: np.array(rows) for name, rows in self.curves.items()}
        for when, given in (("initial", self.initial), ("final", weights and self._vectors(weights))):
            # Weights of a run that diverged are left out.
            if given and all(np.all(np.abs(rows) <= LARGEST) for rows in given.values()):
                arrays.update({"weights/%s/%s" % (when, name): rows for name, rows in given.items()})
        if str(path).endswith(".json"):
            for name, rows in arrays.items():
                *levels, last = name.split("/")
                place = fields
                for level in levels:
                    place = place.setdefault(level, {})
                place[last] = _listed(rows.tolist())
            with _whole(path) as file:
                file.write(_json(fields).encode())
        else:
            texts = {name: value if name == "format" else _json(value) for name, value in fields.items()}
            with _whole(path) as file:
                np.savez_compressed(file, **{name: np.array([text]) for name, text in texts.items()}, **arrays)

    def _vectors(self, weights):
        """Copies; of low-rank agents one row per vector of N numbers."""
        agent = self.protocol["agent"]
        N, gates = agent.get("N"), 3 if agent["kind"] == "gru" else 1
        needed = COLUMNS if agent["kind"] == "linear-low-rank" else MATRICES + (("bih", "bhh") if gates == 3 else ())
        # An RNN of PyTorch has biases besides.
        allowed = needed if needed == COLUMNS else MATRICES + ("bih", "bhh")
        if any(name not in allowed for name in weights) or any(name not in weights for name in needed):
            raise ValueError(
                "weights of a %s agent are named %s, not %s (%s)"
                % (agent["kind"], ", ".join(needed), ", ".join(map(str, weights)), KNOWN_AS)
            )

        def rows(name, tensor):
            value = array(tensor)
            if name in ("bih", "bhh"):
                return value.reshape(-1)
            value = np.atleast_2d(value)
            if name in COLUMNS and value.shape[0] == N and value.shape[1] != N:
                value = value.T
            # A single observation or control has one column, or one row.
            if name == "Wih" and value.shape[0] == 1 != gates * N:
                value = value.T
            lists, length = {"Wih": (gates * N, None), "Whh": (gates * N, N)}.get(name, (None, N))
            if value.ndim != 2 or lists not in (None, value.shape[0]) or length not in (None, value.shape[1]):
                raise ValueError("%s has the shape %s, where N is %s" % (name, np.shape(tensor), N))
            return value

        return {name: rows(name, tensor) for name, tensor in weights.items()}


def _listed(value):
    """Lists as JSON has them: text for what is not finite, numbers for those of NumPy."""
    if isinstance(value, dict):
        return {str(key): _listed(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_listed(item) for item in value]
    if isinstance(value, float) and not np.isfinite(value):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    return value


def _json(value):
    """JSON of a value; what JSON does not have, such as a path or a date, as text."""
    return json.dumps(_listed(value), allow_nan=False, default=str)


class _whole:
    """A file that is written under another name first: a reader never sees half of it."""

    def __init__(self, path):
        self.path, self.draft = path, "%s.%d.draft" % (path, os.getpid())

    def __enter__(self):
        self.file = open(self.draft, "wb")
        return self.file

    def __exit__(self, kind, *_):
        self.file.close()
        if kind is None:
            os.replace(self.draft, self.path)
        else:
            os.remove(self.draft)
