"""Tells in JSON what worker.py does by chance, and which images it reads.

Usage: check.py WORKER.py <a request with images, as it is sent to the worker
"""

import collections
import hashlib
import importlib.util
import io
import json
import sys

import torch

spec = importlib.util.spec_from_file_location("worker", sys.argv[1])
worker = importlib.util.module_from_spec(spec)
spec.loader.exec_module(worker)
torch.manual_seed(1)

w = worker.Worker(sys.stdin.buffer, io.BytesIO(), 0, False)
images = w.images(json.loads(sys.stdin.buffer.readline()))


def digest(tensor):
    return hashlib.sha256(bytes(tensor.contiguous().flatten().view(torch.uint8).tolist())).hexdigest()


def moves(flip, crop, draws=10000):
    """How often an image of numbered pixels was mirrored and moved how."""
    size = 5
    numbers = torch.arange(1.0, size * size + 1).reshape(size, size)
    found, variants = collections.Counter(), {}
    for mirrored in range(1 + flip):
        for down in range(-crop, crop + 1):
            for right in range(-crop, crop + 1):
                image = torch.zeros(size, size)
                for y in range(size):
                    for x in range(size):
                        to_y, to_x = y + down, (size - 1 - x if mirrored else x) + right
                        if 0 <= to_y < size and 0 <= to_x < size:
                            image[to_y, to_x] = numbers[y, x]
                variants[tuple(image.flatten().tolist())] = f"{mirrored},{down},{right}"
    batch = worker.augment(numbers[None, :, :, None].expand(draws, size, size, 3), flip, crop)
    assert batch.shape == (draws, size, size, 3) and (batch == batch[..., :1]).all()
    for image in batch[..., 0].flatten(1).tolist():
        found[variants[tuple(image)]] += 1
    return {"variants": len(variants), "found": found}


def parts(alpha, draws=4000):
    """The own parts of mixtures, and whether images and targets are mixed by them."""
    owns, exact = [], True
    x, targets = torch.randn(5, 2, 2, 3), torch.eye(5)
    for draw in range(draws):
        y, t = worker.mixup(x, targets, alpha)
        own = t[0, 0].item()
        owns.append(own)
        for i in range(5 if draw < 50 else 0):
            j = 4 - i
            exact &= torch.allclose(y[i], own * x[i] + (1 - own) * x[j], atol=1e-6)
            exact &= torch.allclose(t[i], own * targets[i] + (1 - own) * targets[j], atol=1e-6)
    return {"mean": sum(owns) / draws, "least": min(owns), "exact": bool(exact)}


print(json.dumps({
    "images": {name: digest(part.batch(torch.arange(len(part)))) for name, part in images.items()},
    "labels": {name: digest(part.labels) for name, part in images.items()},
    "moves": moves(True, 2),
    "flips": moves(True, 0),
    "still": moves(False, 0),
    "mixup": {str(alpha): parts(alpha) for alpha in (1, 2)},
}))
