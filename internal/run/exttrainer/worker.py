"""Trains models with PyTorch for designspace train RUN --trainer torch.

    python worker.py NUMBER [bf16]

One process trains many models, one after the other, on images that it keeps on
its device: the graphics card of the number, if there is any, else the processor.
It is told what to do by lines of JSON on the standard input, each followed by
bytes:

    {"do": "data", "data": "1f…", "size": 32, "mean": [...], "std": [...], "parts": [["train", 10000], ["test", 2000]]}
        a data set by its hash: for each part the pixels (images, height, width,
        RGB), then a byte an image for its class;
    {"do": "train", "data": "1f…", "classes": 10, "seed": 7, "recipe": {...}, "module": "...",
     "weights": [["fc.bias", [10]], ...], "save": false}
        a model: the weights to begin with, as float32. Module is its Python
        source, the recipe has the keys of a recipe file.

It answers by lines of JSON on the standard output: "ready" at the beginning, and
for every model "progress" now and then, "epoch" after each, with save followed
by the weights, and at last "done", "diverged" or "failed".
"""

import copy
import ctypes
import json
import math
import os
import sys
import time
import traceback

import torch
from torch.nn import functional as F


class Images:
    """Images of one size on the device, as bytes, and their classes."""

    def __init__(self, pixels, labels, mean, std):
        self.pixels, self.labels, self.mean, self.std = pixels, labels, mean, std

    def __len__(self):
        return len(self.labels)

    def batch(self, pick):
        """The images of the indices, normalised: (N, height, width, channels)."""
        return (self.pixels[pick].float() - self.mean) / self.std


def rate(recipe, epoch):
    """The learning rate after so many epochs, a fraction within one: a half
    cosine down to 0, in the warm-up times a factor that rises linearly to 1."""
    lr = recipe["lr"] / 2 * (1 + math.cos(math.pi * epoch / recipe["epochs"]))
    if epoch < recipe["warmup_epochs"]:
        done = epoch / recipe["warmup_epochs"]
        lr *= recipe["warmup_factor"] * (1 - done) + done
    return lr


def augment(x, flip, crop):
    """Mirrors half of the images x (N, height, width, channels) and cuts each out
    of itself with a border of zeros, the mean colour, at a random place."""
    n, size = len(x), x.shape[1]

    def draw(numbers):  # below numbers, one an image
        return torch.randint(numbers, (n, 1), device=x.device)

    along = torch.arange(size, device=x.device)
    columns = torch.where(draw(2) == 1, along.flip(0), along) if flip else along
    rows, columns = along + draw(2 * crop + 1), columns + draw(2 * crop + 1)
    image = torch.arange(n, device=x.device)
    return F.pad(x, (0, 0, crop, crop, crop, crop))[image[:, None, None], rows[:, :, None], columns[:, None, :]]


def mixup(x, targets, alpha):
    """Mixes each image and its target with those at the other end of the batch,
    a random partner. The own part is at least a half, so that an image keeps its
    class in the training error; as both of a pair are kept, no mixture is lost."""
    own = torch.distributions.Beta(alpha, alpha).sample().item()
    own = max(own, 1 - own)
    return own * x + (1 - own) * x.flip(0), own * targets + (1 - own) * targets.flip(0)


def optimizer(net, recipe):
    """Stochastic gradient descent. Normalisation and biases decay only with
    norm_decay."""
    weights = [p for p in net.parameters() if p.ndim > 1]
    others = [p for p in net.parameters() if p.ndim == 1]
    decay = recipe["weight_decay"]
    groups = [
        {"params": weights, "weight_decay": decay},
        {"params": others, "weight_decay": decay if recipe["norm_decay"] else 0},
    ]
    return torch.optim.SGD(groups, recipe["lr"], recipe["momentum"], nesterov=recipe["nesterov"])


class Diverged(Exception):
    """Loss, logits or weights left the finite numbers."""


class Training:
    """A net in training. Say(kind, **values) is told how it goes."""

    def __init__(self, net, recipe, data, classes, bf16, say):
        self.net, self.recipe, self.data, self.classes, self.say = net, recipe, data, classes, say
        self.device = data["train"].labels.device
        self.precision = torch.autocast(self.device.type, torch.bfloat16, enabled=bf16)
        self.optimizer = optimizer(net, recipe)
        # What is evaluated: the net, or the moving averages of its weights and
        # running statistics.
        self.evaluated = copy.deepcopy(net) if recipe["ema"] else net
        self.averages, self.values = (
            [v for v in n.state_dict().values() if v.is_floating_point()] for n in (self.evaluated, net))
        self.completed, self.images, self.evaluations = 0, 0, 0
        self.train_seconds, self.eval_seconds = 0.0, 0.0

    def run(self):
        """Trains and evaluates."""
        last = self.recipe["epochs"]
        while self.completed < last:
            point = self.epoch()
            if self.completed == last or self.completed % max(self.recipe["eval_every"], 1) == 0:
                point["error"] = self.error(self.data.get("val", self.data["test"]))
            self.say("epoch", **point)
        test = self.error(self.data["test"]) if "val" in self.data else None
        self.say("done", error_test=test, images_per_second=self.images / self.train_seconds,
                 eval_images_per_second=self.evaluations / self.eval_seconds)

    def epoch(self):
        """Trains on every image once, in batches whose sizes differ by one at most."""
        start, n = time.perf_counter(), len(self.data["train"])
        steps = -(-n // self.recipe["batch"])
        loss, wrong = 0, 0  # added up on the device, which need not wait for us
        for step, pick in enumerate(torch.randperm(n, device=self.device).tensor_split(steps)):
            lr = rate(self.recipe, self.completed + step / steps)
            step_loss, step_wrong = self.step(pick, lr)
            loss += step_loss.double() * len(pick)
            wrong += step_wrong
            self.images += len(pick)
            self.progress()
        if not torch.stack([v.isfinite().all() for v in (loss, *self.values)]).all():
            raise Diverged
        self.completed += 1
        self.train_seconds += time.perf_counter() - start
        return {"epoch": self.completed, "images": self.images, "lr": lr,
                "train_loss": loss.item() / n, "train_error": 100 * wrong.item() / n}

    def step(self, pick, lr):
        """Trains on a batch and returns its loss and how many images it got wrong."""
        train, recipe = self.data["train"], self.recipe
        x, labels, smooth = train.batch(pick), train.labels[pick].long(), recipe["label_smoothing"]
        if recipe["flip"] or recipe["crop"]:
            x = augment(x, recipe["flip"], recipe["crop"])
        targets = F.one_hot(labels, self.classes) * (1 - smooth) + smooth / self.classes
        if recipe["mixup"]:
            x, targets = mixup(x, targets, recipe["mixup"])
        logits = self.logits(self.net, x)
        loss = F.cross_entropy(logits, targets)
        self.optimizer.zero_grad()
        loss.backward()
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.optimizer.step()
        if recipe["ema"]:
            with torch.no_grad():
                torch._foreach_lerp_(self.averages, self.values, 1 - recipe["ema"])
        return loss.detach(), (logits.argmax(1) != labels).sum()

    @torch.no_grad()
    def error(self, images):
        """The images that are classified wrongly, in percent."""
        start, wrong, finite = time.perf_counter(), 0, True
        self.evaluated.eval()
        for pick in torch.arange(len(images), device=self.device).split(4 * self.recipe["batch"]):
            logits = self.logits(self.evaluated, images.batch(pick))
            wrong += (logits.argmax(1) != images.labels[pick]).sum()
            finite &= logits.isfinite().all()
            self.progress()
        self.evaluated.train()
        if not finite:
            raise Diverged
        self.evaluations += len(images)
        self.eval_seconds += time.perf_counter() - start
        return 100 * wrong.item() / len(images)

    def logits(self, net, x):
        with self.precision:
            return net(x.permute(0, 3, 1, 2)).float()  # the channels stay last in memory

    def progress(self):
        self.say("progress", epoch=self.completed, images=self.images)


class Worker:
    """The process: its requests, its answers and what it keeps."""

    def __init__(self, requests, answers, number, bf16):
        self.requests, self.answers, self.bf16 = requests, answers, bf16
        cards = torch.cuda.device_count()
        self.device = torch.device("cuda", number % cards) if cards else torch.device("cpu")
        self.data, self.told = {}, 0.0
        torch.set_num_threads(1)  # the other processors are for the other workers
        name = torch.cuda.get_device_name(self.device) if cards else "the processor"
        self.say("ready", torch=torch.__version__, device=name, cards=cards)

    def run(self):
        for line in iter(self.requests.readline, b""):
            request = json.loads(line)
            if request["do"] == "data":
                self.data[request["data"]] = self.images(request)
            else:
                self.train(request)

    def tensor(self, shape, dtype):
        """A tensor on the device from the bytes of the request."""
        data = self.requests.read(math.prod(shape) * dtype.itemsize)
        return torch.frombuffer(bytearray(data), dtype=dtype).reshape(shape).to(self.device)

    def images(self, request):
        size = request["size"]
        mean, std = (torch.tensor(request[k], device=self.device) for k in ("mean", "std"))
        return {
            part: Images(self.tensor((n, size, size, 3), torch.uint8), self.tensor((n,), torch.uint8), mean, std)
            for part, n in request["parts"]
        }

    def train(self, task):
        weights = {name: self.tensor(shape, torch.float32) for name, shape in task["weights"]}
        try:
            module = {}
            exec(compile(task["module"], "model.py", "exec"), module)  # defines Net
            net = module["Net"]()
            net.load_state_dict(weights)
            net.to(self.device, memory_format=torch.channels_last)
            torch.manual_seed(task["seed"])
            training = Training(net, task["recipe"], self.data[task["data"]], task["classes"], self.bf16, self.say)
            if task["save"]:
                training.say = lambda kind, **values: self.say_with_weights(kind, values, training.evaluated, weights)
            training.run()
        except Diverged:
            self.say("diverged")
        except Exception as e:  # the next model gets a new process, with a device that is sound
            traceback.print_exc()
            self.say("failed", reason=f"{type(e).__name__}: {e}".splitlines()[0])
            sys.exit(1)

    def say(self, kind, blob=b"", **values):
        if kind == "progress":
            if time.monotonic() - self.told < 0.2:
                return
            self.told = time.monotonic()
        self.answers.write(json.dumps({"is": kind, **values}).encode() + b"\n" + blob)
        self.answers.flush()

    def say_with_weights(self, kind, values, net, names):
        """Says something, and after an epoch also the weights of the net."""
        blob = b""
        if kind == "epoch":
            state = net.state_dict()
            tensors = [state[name].contiguous().cpu() for name in names]
            blob = b"".join(ctypes.string_at(t.data_ptr(), t.nbytes) for t in tensors)
        self.say(kind, blob, **values)


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what else is printed is no answer
    Worker(sys.stdin.buffer, answers, int(sys.argv[1]), "bf16" in sys.argv[2:]).run()
