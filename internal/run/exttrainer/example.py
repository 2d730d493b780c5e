"""Trains one model with PyTorch for designspace:

    designspace train RUN --trainer 'python3 internal/run/exttrainer/example.py {model} {out}' --data cifar-10-batches-bin

The data are a directory with the binary batches of CIFAR-10. It uses a graphics
card if there is one.
"""

import json
import pathlib
import sys

import numpy
import torch
from torch import nn

task = json.loads(pathlib.Path(sys.argv[1]).read_text())
recipe, size = task["recipe"], task["model"]["input"]
device = "cuda" if torch.cuda.is_available() else "cpu"
torch.manual_seed(task["seed"] % 2**63)


def read(pattern):
    """Images of the model's size, normalised, and their classes."""
    files = sorted(pathlib.Path(task["data"]).glob(pattern))
    if not files:
        sys.exit(f"{task['data']}: no {pattern}: give the directory of CIFAR-10 by --data")
    rows = numpy.concatenate([numpy.fromfile(f, numpy.uint8).reshape(-1, 3073) for f in files])
    images = torch.from_numpy(rows[:, 1:]).float().reshape(-1, 3, 32, 32)
    images = nn.functional.interpolate(images, (size, size), mode="area")
    return (images / 255 - 0.5) / 0.25, torch.from_numpy(rows[:, 0]).long()


source = {}
exec(task["module"], source)  # defines the class Net
net = source["Net"]().to(device)
train, test = read("data_batch_*.bin"), read("test_batch.bin")
batch = recipe["batch"]
steps = -(-len(train[0]) // batch)
optimizer = torch.optim.SGD(net.parameters(), recipe["lr"], recipe["momentum"], weight_decay=recipe["weight_decay"], nesterov=recipe["nesterov"])
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, recipe["epochs"] * steps)
loss_of = nn.CrossEntropyLoss(label_smoothing=recipe["label_smoothing"])


@torch.no_grad()
def error():
    net.eval()
    wrong = sum((net(x.to(device)).argmax(1).cpu() != y).sum().item() for x, y in zip(*(t.split(256) for t in test)))
    return 100 * wrong / len(test[0])


for epoch in range(1, recipe["epochs"] + 1):
    net.train()
    total = 0.0
    for pick in torch.randperm(len(train[0])).split(batch):
        x, y = train[0][pick].to(device), train[1][pick].to(device)
        if recipe["flip"]:
            x = torch.where(torch.rand(len(x), 1, 1, 1, device=device) < 0.5, x.flip(3), x)
        loss = loss_of(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        total += loss.item() * len(pick)
    line = {"epoch": epoch, "train_loss": total / len(train[0]), "error": error(), "images": epoch * len(train[0])}
    if total != total:
        line = {"diverged": True}
    with open(sys.argv[2], "a") as out:
        out.write(json.dumps(line) + "\n")
    if "diverged" in line:
        break
