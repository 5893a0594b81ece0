"""Records a learning run as loop-run/1, for `loopproof check`. NumPy only; tensors of PyTorch and JAX are welcome.

    from loopproof_recorder import Recorder, protocol_of
    run = Recorder(protocol_of(model, optimizer, plant=…, horizon=50, …))     # or a dict, as in the run format
    ...
        loss.backward()
        run.row(loss, model, optimizer, starts)      # before clipping and before the update
    ...
    run.save("run.npz", model)

model      a module of PyTorch, its state dict, or nested dicts of arrays (Flax, Haiku). Tensors named Wih, Whh, Who, bih, bhh, bho, or m,
           z, U, V of low-rank agents, are taken as such; others are told by their shapes. Weights of x @ W are turned
optimizer  SGD, Adam or AdamW of PyTorch: its settings must be those of the protocol. For other programs what it remembers: the state of
           optax, or {"exp_avg": {"Whh": …}, …}
starts     what the epoch drew, one row per trial: x_0; of tracking the phases; in open loop the observations
gradients  of the weights, by the same names, where tensors have no .grad

Loss alone is enough for a file; what else is given decides how much of the run can be judged. What a file could not hold, or what
differs from the protocol, is refused when it is given, by a ValueError that says what to change.

    run = Recorder(protocol, stream="run.d")         # on disk at once: `loopproof check --follow run.d` judges it while it trains
"""
import functools
import itertools
import json
import math
import os
import re
import sys
import zlib

import numpy as np

# The run format. Fields of a protocol:
REQUIRED = {"mode", "plant", "agent", "horizon", "batch", "epochs", "loss", "optimizer"}
OPTIONAL = {"start", "noise", "trained", "firstUpdate", "precision", "rows", "tracking", "inputs", "teacher"}
# Agents of full matrices, with the gates of a unit; their biases, by the matrix beside; tensors of low-rank agents.
GATES = {"linear": 1, "tanh": 1, "relu": 1, "gru": 3, "lstm": 4}
BIASES = {"Wih": "bih", "Whh": "bhh", "Who": "bho"}
LOW_RANK = ("m", "z", "U", "V")
# Optimisers, with what their settings are where a protocol does not say; what they remember, with the names of optax.
ADAM = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
OPTIMIZERS = {
    "sgd": {"momentum": 0, "nesterov": False, "dampening": 0, "weightDecay": 0},
    "adam": {**ADAM, "weightDecay": 0},
    "adamw": {**ADAM, "weightDecay": 0.01},
}
MEMORY = {"momentum_buffer": "trace", "exp_avg": "mu", "exp_avg_sq": "nu"}
# Settings of PyTorch that change an update.
SETTINGS = ("lr", "momentum", "dampening", "nesterov", "weight_decay", "betas", "eps", "amsgrad", "maximize")
# Larger weights and starts, and what is not finite, a file does not hold; nor more numbers, of which a list takes eight.
LARGEST, NUMBERS, LIST = 1e30, 2**23, 8


class Recorder:
    """One run. `protocol`: the dict of the run format; a teacher may be a model. `snapshots`: epochs between whole weights, None for
    none. `path`: the file that a `with` block writes, whatever ends it. `stream`: a folder that holds the run at any moment.
    `provenance`: what else is worth knowing, such as seed=0."""

    def __init__(self, protocol, snapshots=25, path=None, stream=None, **provenance):
        fields = set(protocol)
        if not REQUIRED <= fields or not fields <= REQUIRED | OPTIONAL:
            wrong = sorted(REQUIRED - fields) or sorted(fields - REQUIRED - OPTIONAL)
            raise ValueError("a protocol has the fields of the run format; check %s" % ", ".join(wrong))
        if not (snapshots is None or (isinstance(snapshots, (int, np.integer)) and snapshots >= 1)):
            raise ValueError("snapshots: received %r, expected a whole number of epochs between them, or None" % (snapshots,))
        if path is not None and not os.access(os.path.dirname(os.path.abspath(path)), os.W_OK):
            raise ValueError("%s cannot be written: name a file in a folder that exists" % path)
        self.protocol = plain({name: value for name, value in protocol.items() if name != "teacher"}, "protocol")
        shapes(self.protocol)
        if protocol.get("teacher") is not None:
            teacher = Tensors(protocol["teacher"], self.protocol)
            self.protocol["teacher"] = {name: rows.tolist() for name, rows in teacher.arrays.items()}
        self.provenance = {"producer": "loopproof_recorder", **plain(provenance)}
        self.after, self.first = self.protocol.get("rows") == "after-update", self.protocol.get("firstUpdate", 0)
        self.every, self.path, self.rows, self.saved = snapshots, path, 0, True
        # By their names in a file: lists of an entry per row, and of an entry per snapshot.
        self.curves, self.snapshots, self.initial = {}, {}, None
        self.given, self.mark, self.taken = None, None, None
        # Learning rates: what is declared, a number or a list; None where the optimizer tells them, row by row.
        self.declared, self.rates = self.protocol["optimizer"].get("lr"), []
        if isinstance(self.declared, list) and len(self.declared) != self.protocol["epochs"]:
            text = "optimizer.lr: a list of %d numbers, where the protocol has %d epochs"
            raise ValueError(text % (len(self.declared), self.protocol["epochs"]))
        self.stream = None if stream is None else Stream(stream)

    @classmethod
    def resume(cls, path, epochs=None, snapshots=25):
        """Goes on with a saved .npz, or with a stream. `epochs`: keeps so many rows, where training goes on from an earlier checkpoint."""
        stream = Stream(path, begun=True) if os.path.isdir(path) else None
        arrays = stream.read() if stream else load(path)
        protocol, provenance = (json.loads(str(arrays[name][0])) for name in ("protocol", "provenance"))
        run, rows = cls(protocol, snapshots, None if stream else path), len(arrays["curves/loss"])
        run.stream = stream
        run.provenance, run.rows = provenance, rows if epochs is None else epochs
        # Only the optimizer knows whether the rate goes on as declared.
        run.rates, run.protocol["optimizer"]["lr"] = [run._declared_rate(e) for e in range(run.rows)], None
        if not 0 <= run.rows <= rows:
            raise ValueError("%s has %d rows: epochs is at most that, not %s" % (path, rows, epochs))
        kept = np.flatnonzero(arrays.get("snapshots/epochs", np.zeros(0)) < run.rows + run.after)
        for name, entries in arrays.items():
            if name.startswith(("curves/", "starts/")):
                run.curves[name] = list(entries[: run.rows])
            elif name.startswith("snapshots/"):
                run.snapshots[name] = list(entries[kept])
        begun = {name[16:]: rows for name, rows in arrays.items() if name.startswith("weights/initial/")}
        run.initial = begun or None
        if stream:
            stream.keep(run.rows, run.rows + run.after)
        return run

    def row(self, loss, model=None, optimizer=None, starts=None, gradients=None, epoch=None):
        """One epoch: its loss, and, as far as they are given, what it was computed from. `epoch`: its number, to be checked."""
        try:
            self._row(loss, model, optimizer, starts, gradients, epoch)
        except ValueError as error:
            raise ValueError("row %d: %s" % (self.rows, error)) from None

    def _row(self, loss, model, optimizer, starts, gradients, epoch):
        if epoch not in (None, self.rows):
            what = "is recorded already: Recorder.resume(path, epochs=%s)" % epoch if epoch < self.rows else "is not the next"
            raise ValueError("epoch %s %s" % (epoch, what))
        tensors = None if model is None else Tensors(model, self.protocol, optimizer)
        if tensors:
            tensors.expect_declared()
        rate = self._rate(tensors)
        entries = self._entries(loss, tensors, starts, gradients)
        given = {*entries, *(name for name, it in (("model", model), ("optimizer", optimizer)) if it is not None)}
        some = given ^ (self.given or given) or (set(entries) ^ set(self.curves) if self.curves else ())
        if some:
            names = ", ".join(sorted(name.replace("curves/", "") for name in some))
            raise ValueError("%s in some rows only; give what it takes in all rows, or in none" % names)
        due = self.taken is None or self.rows - self.taken >= (self.every or math.inf) or self.rows + 1 == self.protocol["epochs"]
        snapshot = {"epochs": self.rows + self.after, **self._snapshot(tensors)} if due and tensors and self.every else {}
        if self.rows == 0:
            self._expect_room(entries, snapshot)
        # Weights of a run that diverged are left out.
        snapshot_kept = {"snapshots/" + name: value for name, value in snapshot.items()} if moderate(snapshot) else {}
        begins = tensors and self.initial is None and self.rows + self.after <= self.first
        if self.stream:
            self.stream.append(self, {"lr": rate, **entries}, snapshot_kept, tensors.arrays if begins else {})
        for name, value in entries.items():
            self.curves.setdefault(name, []).append(value)
        for name, value in snapshot_kept.items():
            self.snapshots.setdefault(name, []).append(value)
        if begins:
            self.initial = tensors.arrays
        self.rates.append(rate)
        self.taken = self.rows if snapshot else self.taken
        self.given, self.mark, self.saved = given, tensors and tensors.mark(), False
        self.rows += 1

    def _declared_rate(self, epoch):
        """The declared learning rate of an epoch; None where there is none."""
        return rate_at(self.declared, epoch)

    def _rate(self, tensors):
        """The learning rate of a row's update: that of the optimizer, where it tells, which must be the declared one."""
        declared, rates = self._declared_rate(self.rows), tensors.rates() if tensors else []
        if len(rates) > 1:
            raise ValueError("optimizer.lr: the run format has one for all tensors, not %s" % " and ".join(map(repr, rates)))
        if not rates and declared is None:
            raise ValueError("optimizer.lr: give an optimizer of PyTorch, which tells it, or declare a number, or a list of one per epoch")
        if rates and self.protocol["optimizer"].get("lr") is not None and rates[0] != declared:
            text = "optimizer.lr: the protocol declares %r, %s has %r; \"lr\": None takes a schedule's from the optimizer"
            raise ValueError(text % (declared, type(tensors.optimizer).__name__, rates[0]))
        return rates[0] if rates else declared

    def _entries(self, loss, tensors, starts, gradients):
        """What a row holds, by its names in a file."""
        value = array(loss)
        if value.size != 1:
            raise ValueError("the loss is %d numbers: reduce it to one, as the protocol says" % value.size)
        entries = {"curves/loss": value.reshape(())}
        if tensors and "U" in tensors.places:
            rows = tensors.arrays
            for a, b in ("zm", "zU", "Vm", "VU"):
                block = rows[a] @ rows[b].T
                entries["curves/overlaps/" + (a + b).lower()] = block if block.size != 1 else block[0, 0]
            columns = np.concatenate([rows[name] for name in LOW_RANK])
            entries["curves/gram"] = triangle(columns @ columns.T)
        used = [tensors.gradient(name, gradients) for name in self.protocol.get("trained", [])] if tensors else []
        if self.rows < self.first and tensors and tensors.parameters and any(gradient is None for gradient in used):
            raise ValueError("no gradient yet: call loss.backward() before the first update, too; it changes no weight")
        if used and all(gradient is not None for gradient in used):
            entries["curves/gradNorm"] = np.sqrt(sum(np.sum(array(gradient) ** 2) for gradient in used))
        if starts is not None:
            name, trials = self._trials(array(starts))
            entries["starts/" + name] = trials
            if name == "x0":
                entries["curves/moments"] = triangle(trials.T @ trials / len(trials))
        return entries

    def _trials(self, given):
        """What an epoch drew, and its name in a file: one row per trial."""
        (n, c, _), T, B = sizes(self.protocol), self.protocol["horizon"], self.protocol["batch"]
        name, width = ("x0", n) if self.protocol["mode"] == "closed-loop" else ("y", T * c)
        if self.protocol.get("tracking"):
            name, width = "phases", len(self.protocol["tracking"]["harmonics"])
        steps_first = name == "y" and given.shape == (T, B, c)
        if (steps_first or given.shape == (width, B)) and given.shape[0] != B:
            given = given.swapaxes(0, 1)
        elif steps_first or given.shape[:1] != (B,) or given.size != B * width:
            text = "starts have the shape %s, where protocol.batch is %d: give a row per trial, of %d numbers"
            raise ValueError(text % (given.shape, B, width))
        if not moderate({name: given}):
            raise ValueError("starts are not finite")
        return name, given.reshape(B, width)

    def _snapshot(self, tensors):
        """Whole weights, and what the optimiser remembers of them."""
        kind, entries = self.protocol["optimizer"]["kind"], dict(tensors.arrays)
        if tensors.optimizer is None:
            return entries
        done, updates = max(0, self.rows + self.after - self.first), tensors.updates()
        hint = "call row once per epoch, %s optimizer.step()" % ("after" if self.after else "before")
        if updates not in (None, done):
            raise ValueError("the optimizer has made %d updates, where the protocol has %d: %s" % (updates, done, hint))
        remembers = kind != "sgd" or self.protocol["optimizer"].get("momentum")
        for field in [field for field in MEMORY if remembers and (field == "momentum_buffer") == (kind == "sgd")]:
            for name in self.protocol.get("trained", []):
                memory = tensors.memory(field, name)
                if done == 0 and np.any(memory):
                    raise ValueError("the optimizer remembers an update before the first: %s" % hint)
                if field == "exp_avg_sq" and np.any(memory < 0):
                    raise ValueError("exp_avg_sq of %s has numbers below 0: it is the running mean of squares" % name)
                entries["optimizer/%s/%s" % (field, name)] = memory
        return entries

    def _expect_room(self, entries, snapshot):
        """Refuses a run that would grow beyond what a file holds."""
        total = lambda values: sum(math.prod(s) + LIST * sum(math.prod(s[:k]) for k in range(len(s))) for s in map(np.shape, values))
        epochs, whole = self.protocol["epochs"], total(snapshot.values())
        left = NUMBERS - epochs * total(entries.values())
        # Besides, there are initial and final weights, and a snapshot at the end.
        most = left // max(whole, 1) - 3
        if left < 0 or (whole and epochs / self.every > most):
            remedy = "snapshots=%d" % math.ceil(epochs / most) if most > 0 else "fewer epochs, without starts or snapshots"
            raise ValueError("%d epochs of this are more than a file holds: try %s" % (epochs, remedy))

    def save(self, path=None, model=None):
        """Writes the run: NPZ, or JSON for a name that ends in .json. `model`: the final weights, after the last update. A stream
        ends; it needs no path."""
        path = self.path if path is None else path
        if (path is None and self.stream is None) or self.rows == 0:
            raise ValueError("there is no %s" % ("row to save: call row in every epoch" if path else "file: save(path)"))
        final = None if model is None else Tensors(model, self.protocol)
        # A run that stopped before its last update has no weights after it.
        if final and not self.after and self.rows > self.first and final.mark() == self.mark:
            final = None
        # A run that ended, or that went on for longer than declared, is one of so many epochs.
        protocol = {**self.protocol, "epochs": self.rows if final else max(self.protocol["epochs"], self.rows)}
        lr = protocol["optimizer"]["lr"]
        if lr is None and all(rate == self._declared_rate(e) for e, rate in enumerate(self.rates)):
            lr = self.declared
        if lr is None:
            lr = self.rates if len(set(self.rates)) > 1 else self.rates[0]
            # What comes after the last row nobody knows yet.
            protocol["epochs"] = self.rows if lr is self.rates else protocol["epochs"]
        protocol["optimizer"] = {**protocol["optimizer"], "lr": lr[: protocol["epochs"]] if isinstance(lr, list) else lr}
        if self.stream:
            self.stream.end(protocol["epochs"], final.arrays if final and moderate(final.arrays) else {})
            self.saved = True
        if path is None:
            return
        fields = {"format": "loop-run/1", "protocol": protocol, "provenance": self.provenance}
        arrays = {name: np.array(entries) for name, entries in {**self.curves, **self.snapshots}.items()}
        for when, weights in (("initial", self.initial), ("final", final and final.arrays)):
            if weights and moderate(weights):
                arrays.update({"weights/%s/%s" % (when, name): rows for name, rows in weights.items()})
        if str(path).endswith(".json"):
            for name, rows in arrays.items():
                *levels, last = name.split("/")
                functools.reduce(lambda place, level: place.setdefault(level, {}), levels, fields)[last] = plain(rows)
            write(path, lambda file: file.write(json.dumps(fields, allow_nan=False).encode()))
        else:
            texts = {name: [value if name == "format" else json.dumps(value)] for name, value in fields.items()}
            write(path, lambda file: np.savez(file, **texts, **arrays))
        self.saved = True

    def __enter__(self):
        if self.path is None and self.stream is None:
            raise ValueError("a with block needs the file to write: Recorder(protocol, path=…)")
        return self

    def __exit__(self, kind, *_):
        try:
            if not self.saved:
                self.save()
        except Exception as failure:
            if kind is None:
                raise
            # What ended the training is what counts.
            print("%s was not written: %s" % (self.path or self.stream.folder, failure), file=sys.stderr)


class Stream:
    """A run in a folder, whole at any moment. `run.json` has the protocol, and the shapes of what a row holds; `rows.bin` the rows: of
    each its epoch, its numbers and their checksum, as doubles; `initial.npz`, `snapshot-25.npz` and `final.npz` whole weights;
    `end.json` is there once the run has ended. Rows are appended, other files are written under another name first."""

    def __init__(self, folder, begun=False):
        self.folder, self.header, self.rows = str(folder), None, None
        if begun and not os.path.exists(self.at("run.json")):
            raise ValueError("%s has no run.json: it holds no row to go on from" % folder)
        if not begun and os.path.exists(self.folder) and (not os.path.isdir(self.folder) or os.listdir(self.folder)):
            raise ValueError("stream: %s is there already: name a new folder, or go on with Recorder.resume" % folder)
        os.makedirs(self.folder, exist_ok=True)
        if begun:
            with open(self.at("run.json"), encoding="utf8") as file:
                self.header = json.load(file)

    def at(self, name):
        return os.path.join(self.folder, name)

    def width(self):
        """Numbers of a row: its epoch, what it holds, their checksum."""
        return 2 + sum(math.prod(shape) for shape in self.header["rows"].values())

    def put(self, name, arrays):
        if arrays:
            write(self.at(name), lambda file: np.savez(file, **arrays))

    def note(self, name, fields):
        write(self.at(name), lambda file: file.write(json.dumps(fields, allow_nan=False).encode()))

    def append(self, run, entries, snapshot, initial):
        """A row, and the weights that come with it: rows before a snapshot are there when it is."""
        if self.header is None:
            layout = {name: np.shape(value) for name, value in entries.items()}
            fields = {"format": "loop-run/1", "protocol": run.protocol, "provenance": run.provenance}
            self.header = {**fields, "rows": layout, "resumed": 0}
            self.note("run.json", self.header)
        self.put("initial.npz", {"weights/initial/" + name: rows for name, rows in initial.items()})
        numbers = np.concatenate([[run.rows], *(np.ravel(entries[name]) for name in self.header["rows"])]).astype("<f8").tobytes()
        row = numbers + np.array(zlib.crc32(numbers), "<f8").tobytes()
        if self.rows is None:
            self.rows = open(self.at("rows.bin"), "ab", buffering=0)
        # A row of which the disk took a part only is written over.
        self.rows.truncate(run.rows * len(row))
        if self.rows.write(row) != len(row):
            raise OSError("%s: the disk is full" % self.folder)
        self.put("snapshot-%d.npz" % snapshot.get("snapshots/epochs", 0), snapshot)

    def end(self, epochs, final):
        self.put("final.npz", {"weights/final/" + name: rows for name, rows in final.items()})
        self.note("end.json", {"epochs": epochs})

    def weights(self, pattern=r"snapshot-(\d+)\.npz"):
        """Files of whole weights, by epoch."""
        found = ((re.fullmatch(pattern, name), name) for name in os.listdir(self.folder))
        return sorted((int(match[1]), self.at(name)) for match, name in found if match)

    def read(self):
        """What it holds, by the names of a file. A row of which a part was written is none."""
        shapes, width = self.header["rows"], self.width()
        numbers = np.fromfile(self.at("rows.bin"), "<f8")
        rows = numbers[: len(numbers) // width * width].reshape(-1, width)
        whole = [zlib.crc32(row[:-1].tobytes()) == row[-1] for row in rows]
        rows, place = rows[: [*whole, False].index(False)], 1
        arrays = {}
        for name, shape in shapes.items():
            size = math.prod(shape)
            arrays[name] = rows[:, place : place + size].reshape(-1, *shape)
            place += size
        # Rates that are not as declared are those of a schedule; it goes on as the optimizer tells.
        protocol, rates = {**self.header["protocol"]}, arrays.pop("lr").tolist()
        declared = protocol["optimizer"]["lr"]
        if any(rate != rate_at(declared, e) for e, rate in enumerate(rates)):
            lr = rates + rates[-1:] * (protocol["epochs"] - len(rates)) if len(set(rates)) > 1 else rates[0]
            protocol["optimizer"] = {**protocol["optimizer"], "lr": lr}
        arrays.update({name: [json.dumps(value)] for name, value in (("protocol", protocol), ("provenance", self.header["provenance"]))})
        parts = [load(path) for _, path in self.weights()]
        arrays.update({name: np.array([part[name] for part in parts]) for name in (parts[0] if parts else ())})
        return {**arrays, **(load(self.at("initial.npz")) if os.path.exists(self.at("initial.npz")) else {})}

    def keep(self, rows, snapshots):
        """Goes on after so many rows; snapshots from an epoch on are gone."""
        self.header["resumed"] += 1
        for path in [self.at("end.json"), self.at("final.npz"), *(path for epoch, path in self.weights() if epoch >= snapshots)]:
            if os.path.exists(path):
                os.remove(path)
        os.truncate(self.at("rows.bin"), 8 * self.width() * rows)
        self.note("run.json", self.header)


def rate_at(lr, epoch):
    """The learning rate of an epoch, of a number or a list; None beyond its end."""
    if isinstance(lr, list):
        return lr[epoch] if epoch < len(lr) else None
    return lr


def protocol_of(model, optimizer, clip=None, clip_value=None, **rest):
    """A protocol: agent, trained tensors, optimiser and precision of model and optimiser, the rest as given. `clip`: the bound of
    clip_grad_norm_; `clip_value`: that of clip_grad_value_. The learning rate is read in every row, since schedulers change it. A model
    without a cell of torch.nn needs agent={"kind": …, "N": …}."""
    kind, groups = settings(optimizer)
    protocol = {"mode": "closed-loop", "agent": cell(model), **rest}
    if protocol["agent"] is None:
        raise ValueError('the model has no cell of torch.nn: give agent={"kind": "tanh", "N": …}')
    known = {name: groups[0][name] for name in OPTIMIZERS[kind] if name in groups[0]}
    by_value = {} if clip_value is None else {"clipValue": clip_value}
    protocol["optimizer"] = {"kind": kind, "lr": None, **known, "clip": clip, **by_value}
    tensors = Tensors(model, protocol, optimizer)
    double = all("64" in str(leaf.dtype) for _, leaf in tensors.items())
    protocol = {"trained": list(tensors.parameters), "precision": "f64" if double else "f32", **protocol}
    Tensors(model, protocol, optimizer).expect_declared()
    return protocol


class Tensors:
    """The tensors of a protocol's agent in a model, and what an optimiser knows of them."""

    def __init__(self, model, protocol, optimizer=None):
        self.model, self.optimizer, self.protocol = model, optimizer, protocol
        self.leaves, self.shapes = leaves_of(model), shapes(protocol)
        found = tuple((path, tuple(np.shape(leaf))) for path, leaf in self.leaves.items())
        self.places = places_of(found, tuple(self.shapes.items()), protocol["agent"]["kind"])
        absent = [name for name in protocol.get("trained", []) if name not in self.places]
        if absent:
            raise ValueError("trained: the model has no %s, but %s" % (", ".join(absent), ", ".join(self.places) or "nothing"))
        # Of PyTorch. The parameters of a model and of its optimiser are the same memory.
        groups = getattr(optimizer, "param_groups", None)
        held = {one.data_ptr(): one for group in groups or () for one in group["params"] if one.requires_grad}
        own = {leaf.data_ptr(): name for name, leaf in self.items() if hasattr(leaf, "data_ptr")}
        self.parameters = None if groups is None else {own[place]: one for place, one in held.items() if place in own}
        self.foreign = [one for place, one in held.items() if place not in own]

    def items(self):
        return [(name, self.leaves[path]) for name, (path, _) in self.places.items()]

    def expect_declared(self):
        """Refuses a model and an optimiser that are not those of the protocol."""
        agent, trained = self.protocol["agent"], self.protocol.get("trained", [])
        for name, value in (cell(self.model) or {}).items():
            if value != agent.get(name):
                raise ValueError("agent.%s: the protocol declares %s, the model has %s" % (name, agent.get(name), value))
        for name, leaf in self.items() if self.protocol.get("precision") == "f64" else ():
            if "64" not in str(getattr(leaf, "dtype", 64)):
                raise ValueError("precision: the protocol declares f64, %s is %s" % (name, leaf.dtype))
        if self.parameters is None:
            return
        expect_settings(self.optimizer, self.protocol["optimizer"])
        if set(self.parameters) != set(trained):
            has = ", ".join(self.parameters) or "none"
            text = "trained: the protocol declares %s; of the tensors given, the optimizer has %s"
            raise ValueError(text % (", ".join(trained), has))
        if self.foreign:
            others = ", ".join(" × ".join(map(str, one.shape)) for one in self.foreign)
            raise ValueError("the optimizer trains tensors that the agent does not have, of %s" % others)

    def placed(self, name, leaf):
        """A tensor like that of a name, with rows as in a file."""
        rows = array(leaf)
        return (rows.T if self.places[name][1] else rows).reshape(self.shapes[name])

    @functools.cached_property
    def arrays(self):
        """Copies of all, by name."""
        placed = {name: self.placed(name, leaf) for name, leaf in self.items()}
        # Gates always have biases in a file.
        gates = ("bih", "bhh") if GATES.get(self.protocol["agent"]["kind"], 1) > 1 else ()
        return {**placed, **{name: np.zeros(self.shapes[name]) for name in gates if name not in placed}}

    def gradient(self, name, gradients=None):
        path = self.places[name][0]
        if gradients is not None:
            return leaves_of(gradients).get(path)
        return getattr(self.parameters[name] if self.parameters else self.leaves[path], "grad", None)

    def memory(self, field, name):
        """What the optimiser remembers of a tensor: zeros before its first update."""
        if self.parameters is not None:
            kept = self.optimizer.state.get(self.parameters[name], {}).get(field)
            return np.zeros(self.shapes[name]) if kept is None else self.placed(name, kept)
        path = self.places[name][0]
        ends = tuple(".%s.%s" % (known, path) for known in (field, MEMORY[field]))
        kept = [leaf for place, leaf in leaves_of(self.optimizer).items() if ("." + place).endswith(ends)]
        if len(kept) != 1:
            raise ValueError('the optimizer has no %s of %s: give {"%s": {"%s": …}}' % (field, name, field, path))
        return self.placed(name, kept[0])

    def rates(self):
        """The learning rates of an optimiser of PyTorch; none of others."""
        return [] if self.parameters is None else sorted({group["lr"] for group in settings(self.optimizer)[1]})

    def updates(self):
        """Updates that the optimiser counted; None if it does not count."""
        counts = self.protocol["optimizer"]["kind"] != "sgd" and self.parameters is not None
        return max((int(state.get("step", 0)) for state in self.optimizer.state.values()), default=0) if counts else None

    def mark(self):
        """The smallest trained matrix, or else bias: it tells whether there was an update."""
        trained = self.protocol.get("trained") or list(self.places)
        least = min(trained, key=lambda name: (name in BIASES.values(), math.prod(self.shapes[name])))
        return array(self.leaves[self.places[least][0]]).tobytes()


def leaves_of(tree, path=""):
    """The tensors of a module, of a state dict, or of nested dicts and tuples, by their paths."""
    if hasattr(tree, "state_dict"):
        tree = tree.state_dict(keep_vars=True)
    if isinstance(tree, tuple):
        tree = tree._asdict() if hasattr(tree, "_asdict") else dict(enumerate(tree))
    if not hasattr(tree, "items"):
        return {path: tree}
    below = [leaves_of(branch, "%s.%s" % (path, key) if path else str(key)) for key, branch in tree.items()]
    return {name: leaf for leaves in below for name, leaf in leaves.items()}


def sizes(protocol):
    """State components, observations and controls."""
    plant = protocol["plant"]
    axes = plant.get("axes", 1)
    n, c, p = (plant["order"] if plant["kind"] == "integrator" else 2 * axes), axes, axes
    if plant["kind"] == "linear":
        n, c, p = len(plant["A"]), len(plant["C"]), len(plant["B"][0])
    # A reference is seen beside the plant.
    return n, 2 * c if protocol.get("tracking") else c, p


def shapes(protocol):
    """The tensors of an agent with their shapes in a file."""
    agent, (_, c, p) = protocol["agent"], sizes(protocol)
    kind, N = agent.get("kind"), agent.get("N")
    if kind in ("linear-low-rank", "effective"):
        return dict(zip(LOW_RANK, ((k, N) for k in (c, p, agent["rank"], agent["rank"])))) if N else {}
    if kind not in GATES:
        raise ValueError("agent.kind: the run format has no %s agents, but %s" % (kind, ", ".join(["linear-low-rank", *GATES])))
    rows = GATES[kind] * N
    return {"Wih": (rows, c), "Whh": (rows, N), "Who": (p, N), "bih": (rows,), "bhh": (rows,), "bho": (p,)}


def bias_of(path):
    """The path of the bias beside a weight, as PyTorch, Flax and Haiku name it; None where the weight's name is another."""
    head, dot, last = path.rpartition(".")
    own = {"kernel": "bias", "w": "b", **BIASES}.get(last, last.replace("weight", "bias"))
    return None if own == last else head + dot + own


@functools.lru_cache(maxsize=8)
def places_of(found, wanted, kind):
    """Where the tensors of an agent are: of each the path, and whether it is turned. `found`, `wanted`: pairs of name and shape."""
    want, found, gated = dict(wanted), dict(found), GATES.get(kind, 1) > 1
    matrices = [name for name in want if name not in BIASES.values()]
    last = {path: path.rpartition(".")[2] for path in found}
    # As a file writes them; many programs have M and Z for m and z.
    written = {name.lower(): name for name in want if name not in last.values()}
    last = {path: written.get(name.lower(), name) for path, name in last.items()}
    others = [path for path in found if last[path] not in want and len(found[path]) == 2 and "Whh" in want]

    def options(name):
        """Paths that may be this tensor, whether it is turned, and whether that is for its shape to say."""
        for path in [path for path in found if last[path] == name] or others:
            # PyTorch's weights stand to the left of what they act on, those of Flax and Haiku to the right.
            said = False if last[path].startswith("weight") else True if last[path] in ("kernel", "w") else None
            if len(found[path]) == 1 and 1 in want[name] and found[path][0] == math.prod(want[name]):
                yield path, False, None
            for turned in (False, True):
                # Other libraries have their gates in another order.
                if found[path] == want[name][:: -1 if turned else 1] and said in (None, turned) and not (gated and said):
                    yield path, turned, turned if said is None else None

    chosen = [
        one
        for one in itertools.product(*map(options, matrices))
        # All matrices of a program stand on one side; for low-rank agents rows and columns are the same vectors.
        if len({path for path, *_ in one}) == len(one) and ("U" in want or len({side for *_, side in one} - {None}) < 2)
    ]
    if not chosen or (len(chosen) > 1 and not all(last[path] in want for path, *_ in chosen[0])):
        text = "the model has %s. %s of a %s agent %s: give {%s}, with rows for units" + ", in PyTorch's order of gates" * gated
        those, these = (", ".join("%s (%s)" % (name, " × ".join(map(str, shape))) for name, shape in pairs)
                        for pairs in (found.items(), ((name, want[name]) for name in matrices)))
        why = "cannot be told apart" if chosen else "are not among them"
        raise ValueError(text % (those, these, kind, why, ", ".join('"%s": …' % name for name in matrices)))
    places = {name: (path, turned) for name, (path, turned, _) in zip(matrices, chosen[0])}
    for matrix, bias in BIASES.items() if "Whh" in want else ():
        path = bias_of(places[matrix][0])
        if found.get(path) == want[bias]:
            places[bias] = path, False
        elif path in found:
            shape = " × ".join(map(str, found[path]))
            raise ValueError("%s of a %s agent is %d numbers (zeros where there is none), not %s" % (bias, kind, want[bias][0], shape))
    return places


def cell(model):
    """Kind and units of the cell of torch.nn that a model holds; None if it holds none."""
    for module in model.modules() if hasattr(model, "modules") else ():
        for base in type(module).__mro__:
            if base.__module__ == "torch.nn.modules.rnn" and hasattr(module, "hidden_size"):
                kind = base.__name__.replace("Cell", "").lower()
                return {"kind": module.nonlinearity if kind == "rnn" else kind, "N": module.hidden_size}
    return None


def settings(optimizer):
    """Kind of an optimiser of PyTorch, and the settings of each of its groups by the names of the run format."""
    names = [base.__name__.lower() for base in type(optimizer).__mro__]
    kind, groups = next((name for name in names if name in OPTIMIZERS), None), []
    if kind is None:
        raise ValueError("optimizer.kind: the run format has SGD, Adam and AdamW, not %s" % type(optimizer).__name__)
    for group in optimizer.param_groups:
        found = {name: group[name] for name in SETTINGS if name in group}
        if "betas" in found:
            found["beta1"], found["beta2"] = found.pop("betas")
        found["weightDecay"] = found.pop("weight_decay", 0)
        groups.append({name: value if isinstance(value, bool) else float(value) for name, value in found.items()})
        kind = "adamw" if group.get("decoupled_weight_decay") else kind
    return kind, groups


def expect_settings(optimizer, declared):
    """Refuses an optimiser of PyTorch that is not the declared one."""
    (kind, groups), name = settings(optimizer), type(optimizer).__name__
    if kind != declared["kind"]:
        raise ValueError("optimizer.kind: the protocol declares %s, the optimizer is %s" % (declared["kind"], name))
    declared = {**OPTIMIZERS[kind], **declared}
    for field, value in ((field, value) for group in groups for field, value in group.items() if field != "lr"):
        if value != declared.get(field, 0):
            says = "declares %r" % declared[field] if field in declared else "has no such field for %s" % kind
            raise ValueError("optimizer.%s: the protocol %s, %s has %r" % (field, says, name, value))


def array(tensor):
    """A copy in double precision. It moves to the CPU first: some GPUs have no double precision."""
    if hasattr(tensor, "detach"):
        tensor = tensor.detach().cpu().double().numpy()
    return np.array(tensor, dtype=np.float64)


def triangle(matrix):
    """The lower triangle, row by row."""
    return matrix[np.tril_indices(len(matrix))]


def moderate(arrays):
    """Whether a file may hold numbers: finite ones that are not too large."""
    return all(np.all(np.abs(rows) <= LARGEST) for rows in arrays.values())


def plain(value, strict=None):
    """A value as JSON has it. What it has not is text, or, in a field of a protocol (`strict`), refused."""
    if hasattr(value, "items"):
        return {str(key): plain(item, strict and "%s.%s" % (strict, key)) for key, item in value.items()}
    value = array(value) if hasattr(value, "detach") else value
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, (list, tuple)):
        return [plain(item, strict and "%s[%d]" % (strict, k)) for k, item in enumerate(value)]
    odd = isinstance(value, float) and not math.isfinite(value)
    if strict and (odd or not (value is None or isinstance(value, (str, int, float)))):
        raise ValueError("%s is %r: a protocol holds finite numbers, text and lists" % (strict, value))
    if odd:
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    return value if value is None or isinstance(value, (str, int, float)) else str(value)


def load(path):
    """The arrays of an archive."""
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def write(path, put):
    """A file that is written under another name first: a reader never sees half of it, and a failure leaves the old one."""
    path = os.path.realpath(path)
    draft = "%s.%d.draft" % (path, os.getpid())
    try:
        with open(draft, "wb") as file:
            put(file)
        os.replace(draft, path)
    finally:
        if os.path.exists(draft):
            os.remove(draft)
