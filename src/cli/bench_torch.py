"""The paper's tanh agent in closed loop, trained by PyTorch as one would write it: milliseconds per epoch, for `loopproof bench --torch`.

Reads {"N", "T", "B", "dt", "lr", "clip", "epochs", "threads"} from standard input.
"""
import json
import sys
import time

import torch

job = json.load(sys.stdin)
torch.set_num_threads(job["threads"])
torch.manual_seed(1)
N, T, B = job["N"], job["T"], job["B"]
cell = torch.nn.RNNCell(1, N, bias=False)
readout = torch.nn.Linear(N, 1, bias=False)
parameters = [*cell.parameters(), *readout.parameters()]
optimizer = torch.optim.SGD(parameters, lr=job["lr"])
A = torch.tensor([[1.0, job["dt"]], [0.0, 1.0]])
push = torch.tensor([0.0, job["dt"]])


def epoch():
    x, h, u = torch.randn(B, 2), torch.zeros(B, N), torch.zeros(B, 1)
    states = [x]
    for _ in range(T - 1):
        x = x @ A.T + u * push
        states.append(x)
        h = cell(x[:, :1], h)
        u = readout(h)
    loss = torch.stack(states).square().mean()
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, job["clip"])
    optimizer.step()


for _ in range(3):
    epoch()
begun = time.perf_counter()
for _ in range(job["epochs"]):
    epoch()
print(1000 * (time.perf_counter() - begun) / job["epochs"])
