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
gradients  of the trained ones, by the same names; for PyTorch leave it out: .grad of the weights is taken
starts     the epoch's batch of x_0, one row per trial

Loss alone is enough for a file; what else is given decides how much of the run can be judged.
"""
import json

import numpy as np

COLUMNS = ("m", "z", "U", "V")
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
        self.curves, self.initial = {}, None

    def row(self, loss, weights=None, gradients=None, starts=None):
        """One epoch: its loss, and, as far as they are given, what it was computed from."""
        self._add("loss", array(loss).reshape(()))
        if weights is not None:
            vectors = self._vectors(weights)
            self.initial = self.initial or vectors
            if all(name in vectors for name in COLUMNS):
                m, z, U, V = (vectors[name] for name in COLUMNS)
                for name, block in (("zm", z @ m.T), ("zu", z @ U.T), ("vm", V @ m.T), ("vu", V @ U.T)):
                    self._add("overlaps/" + name, block if block.size != 1 else block[0, 0])
                columns = np.concatenate([m, z, U, V])
                self._add("gram", triangle(columns @ columns.T))
            if gradients is None:
                gradients = {name: getattr(tensor, "grad", None) for name, tensor in weights.items()}
        used = [(gradients or {}).get(name) for name in self.protocol["trained"]]
        if all(gradient is not None for gradient in used):
            self._add("gradNorm", np.sqrt(sum(np.sum(array(gradient) ** 2) for gradient in used)))
        if starts is not None:
            x0 = array(starts)
            self._add("moments", triangle(x0.T @ x0 / len(x0)))

    def save(self, path, weights=None):
        """Writes the run: NPZ, or JSON for a name that ends in .json. `weights`: the final ones."""
        fields = {"format": "loop-run/1", "protocol": self.protocol, "provenance": self.provenance}
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
            with open(path, "w") as file:
                json.dump(fields, file, allow_nan=False)
        else:
            texts = {name: value if name == "format" else json.dumps(value) for name, value in fields.items()}
            with open(path, "wb") as file:
                np.savez_compressed(file, **{name: np.array([text]) for name, text in texts.items()}, **arrays)

    def _add(self, name, value):
        self.curves.setdefault(name, []).append(value)

    def _vectors(self, weights):
        """Copies; of low-rank agents one row per vector of N numbers."""
        N = self.protocol["agent"].get("N")

        def rows(name, tensor):
            value = array(tensor)
            if name not in COLUMNS:
                return value
            value = np.atleast_2d(value)
            return value.T if value.shape[0] == N and value.shape[1] != N else value

        return {name: rows(name, tensor) for name, tensor in weights.items()}


def _listed(value):
    """Lists as JSON has them: text for what is not finite."""
    if isinstance(value, list):
        return [_listed(item) for item in value]
    return value if np.isfinite(value) else {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(float(value))]
