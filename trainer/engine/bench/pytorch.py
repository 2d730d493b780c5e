#!/usr/bin/env python3
"""Times PyTorch's training step on the nets the engine trains, on one thread.

    designspace model describe x32-g8.yaml --format json > x32-g8.json
    python3 trainer/engine/bench/pytorch.py --batch 64 --steps 20 x32-g8.json

prints, for every model and variant, the median seconds of a step and the
images a second as JSON. A step is forward, cross-entropy, backward and an SGD
update with Nesterov momentum and weight decay, on one batch that stays in
memory. The nets are those of ../testdata/golden.py, which the engine's results
are checked against.

A variant is a memory layout, nchw or nhwc (channels_last), then +compile for
torch.compile (Inductor; needs a C++ compiler), then +bf16 for autocast to
bfloat16: nchw, nhwc+bf16, nhwc+compile+bf16, ... Some nets are so small that
the choice matters more than the arithmetic; compare with the best.

With --serve it reads requests from standard input, so that a driver can take
turns with another program, and answers each by one line of JSON:

    step MODEL.json VARIANT COUNT    {"seconds": [...]}, one number a step

The first request for a pair builds, compiles and warms up the net outside the
measured time; a request for another model drops the model before. The first line of output describes the set-up. A request that
fails is answered by {"error": "..."}.
"""

import argparse
import json
import os
import pathlib
import platform
import shlex
import statistics
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"
sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "testdata"))

import torch  # noqa: E402 (after OMP_NUM_THREADS)
from golden import Net  # noqa: E402

VARIANTS = [layout + compiled + precision for precision in ("", "+bf16")
            for compiled in ("", "+compile") for layout in ("nchw", "nhwc")]


class Trainer:
    """A net, its optimizer and one batch, ready to step."""

    def __init__(self, model, variant, batch, warmup):
        if variant not in VARIANTS:
            raise ValueError(f"unknown variant {variant!r}; one of {', '.join(VARIANTS)}")
        layout, *options = variant.split("+")
        memory = torch.channels_last if layout == "nhwc" else torch.contiguous_format
        torch.manual_seed(1)
        net = Net(model).to(memory_format=memory).train()
        size = model["input"]
        self.images = torch.randn(batch, 3, size, size).to(memory_format=memory)
        self.labels = torch.randint(model["classes"], (batch,))
        self.sgd = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, nesterov=True,
                                   weight_decay=5e-4, fused=True)

        def loss(images, labels):
            with torch.autocast("cpu", torch.bfloat16, enabled="bf16" in options):
                logits = net(images)
            return torch.nn.functional.cross_entropy(logits.float(), labels)

        self.loss = torch.compile(loss, fullgraph=True, dynamic=False) if "compile" in options else loss
        for _ in range(warmup):
            self.step()

    def step(self):
        start = time.perf_counter()
        self.sgd.zero_grad(set_to_none=True)
        self.loss(self.images, self.labels).backward()
        self.sgd.step()
        return time.perf_counter() - start


class Trainers:
    """The variants of one model at a time, built when first asked for."""

    def __init__(self, batch, warmup):
        self.batch, self.warmup = batch, warmup
        self.path, self.model, self.built = None, None, {}

    def get(self, path, variant):
        if path != self.path:
            with open(path) as f:
                self.path, self.model = path, json.load(f)
            # All nets share the code of Net.forward: without a reset, every call
            # of a compiled net would first try the guards of the earlier ones.
            self.built.clear()
            torch.compiler.reset()
        if variant not in self.built:
            self.built[variant] = Trainer(self.model, variant, self.batch, self.warmup)
        return self.built[variant]


def setup(batch):
    return {"torch": torch.__version__, "python": platform.python_version(),
            "threads": torch.get_num_threads(), "batch": batch,
            "capability": torch.backends.cpu.get_cpu_capability()}


def serve(trainers):
    print(json.dumps(setup(trainers.batch)), flush=True)
    for line in sys.stdin:
        try:
            verb, path, variant, count = shlex.split(line)
            if verb != "step":
                raise ValueError(f"unknown request {verb!r}")
            trainer = trainers.get(path, variant)
            answer = {"seconds": [trainer.step() for _ in range(int(count))]}
        except Exception as e:  # the driver decides what to do without this number
            answer = {"error": f"{type(e).__name__}: {e}"}
        print(json.dumps(answer), flush=True)


def measure(trainers, models, variants, steps):
    results = []
    for path in models:
        for variant in variants:
            trainer = trainers.get(path, variant)
            seconds = statistics.median(trainer.step() for _ in range(steps))
            results.append({"model": path, "variant": variant, "seconds": seconds,
                            "images_per_second": trainers.batch / seconds})
    print(json.dumps({"setup": setup(trainers.batch), "results": results}, indent=1))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", metavar="MODEL.json")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=VARIANTS)
    parser.add_argument("--serve", action="store_true", help="take requests from standard input")
    args = parser.parse_args()
    torch.set_num_threads(1)
    trainers = Trainers(args.batch, args.warmup)
    if args.serve:
        serve(trainers)
    else:
        measure(trainers, args.models, args.variants, args.steps)


if __name__ == "__main__":
    main()
