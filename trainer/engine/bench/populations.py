#!/usr/bin/env python3
"""Compares populations that the engine trained with PyTorch's.

    python3 trainer/engine/bench/populations.py --designspace ./designspace --data cifar10:DIRECTORY --out DIRECTORY

Draws 12 models of proxy/anynetxa and 12 of proxy/regnetx, and trains them on the
same images by the same recipe, that of regime cifar: by the engine with two seeds,
and by PyTorch, which begins with the weights of the engine's first seed and draws
an order and augmentation of its own. Prints in Markdown

* the mean error of each, and the mean differences within a model with a 95 %
  interval (Student's t over models);
* the rank correlations of errors over all models and within each space: PyTorch's
  with the engine's second seed, which shares nothing with it, beside that of the
  engine's two seeds;
* processor seconds of the program and the processes it started, data loading and
  evaluation included.

What was trained is kept in --out: the same command goes on after an interruption,
and then the processor seconds are only those of what was left. Needs PyTorch and
SciPy.
"""

import argparse
import csv
import os
import pathlib
import resource
import statistics
import subprocess
import sys

from scipy import stats

SPACES = ["proxy/anynetxa", "proxy/regnetx"]


def command(options, *args):
    """Runs designspace, and returns the processor seconds that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = dict(os.environ, DESIGNSPACE_PYTHON=sys.executable)
    subprocess.run([options.designspace, *map(str, args)], check=True, env=environment, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(getattr(after, k) - getattr(before, k) for k in ("ru_utime", "ru_stime"))


def population(options, name, *how):
    """Draws and trains a population; the same models for any name."""
    run = options.out / name
    if not run.exists():
        spaces = [a for space in SPACES for a in ("--space", space)]
        command(options, "sample", *spaces, "-n", options.n, "--flops", options.flops, "--input", 16, "--out", run)
    seconds = command(options, "train", run, "--data", options.data, "--train-images", options.train_images,
                      "--test-images", options.test_images, "--epochs", options.epochs, "--batch", 32, "--lr", 0.15,
                      "--wd", 5e-5, "--eval-every", options.epochs, "--workers", options.workers, *how)
    return run, seconds


def errors(path, repeat=None):
    """Errors in per cent by model, of those that were trained to the end."""
    with open(path) as file:
        return {row["id"]: float(row["error"]) for row in csv.DictReader(file)
                if row["status"] == "done" and repeat in (None, int(row.get("repeat", 0)))}


def difference(a, b):
    """The mean of a - b, and half of its interval."""
    d = [x - y for x, y in zip(a, b)]
    return statistics.mean(d), stats.t.ppf(0.975, len(d) - 1) * statistics.stdev(d) / len(d) ** 0.5


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--designspace", default="designspace", help="the program")
    parser.add_argument("--data", required=True, help="cifar10:DIRECTORY")
    parser.add_argument("--out", required=True, type=pathlib.Path, help="directory of the runs")
    parser.add_argument("--flops", default="500K:600K")
    for flag, default in {"-n": 12, "--train-images": 5000, "--test-images": 5000, "--epochs": 5, "--workers": 2}.items():
        parser.add_argument(flag, type=int, default=default, help=f"default {default}")
    options = parser.parse_args()

    engine, engine_seconds = population(options, "engine", "--repeats", 2)
    torch, torch_seconds = population(options, "pytorch", "--trainer", "torch")
    first, second = (errors(engine / "repeats.csv", r) for r in (0, 1))
    other = errors(torch / "results.csv")
    with open(engine / "models.csv") as file:
        space = {row["id"]: row["space"] for row in csv.DictReader(file)}
    ids = [i for i in first if i in second and i in other]

    def column(of, within):
        return [of[i] for i in ids if within in ("all", space[i])]

    print(f"{len(ids)} models, {options.train_images} training and {options.test_images} test images, "
          f"{options.epochs} epochs, batch 32.\n")
    print("| models | engine, first seed | engine, second seed | PyTorch | PyTorch − engine's mean | first − second seed "
          "| rank correlation PyTorch, second seed | first, second seed |\n|---|--:|--:|--:|--:|--:|--:|--:|")
    for within in SPACES + ["all"]:
        a, b, p = (column(of, within) for of in (first, second, other))
        mean = [(x + y) / 2 for x, y in zip(a, b)]
        print(f"| {within} | {statistics.mean(a):.2f} | {statistics.mean(b):.2f} | {statistics.mean(p):.2f} "
              "| {:+.2f} ± {:.2f} ".format(*difference(p, mean)) + "| {:+.2f} ± {:.2f} ".format(*difference(a, b)) +
              f"| {stats.spearmanr(p, b).statistic:.3f} | {stats.spearmanr(a, b).statistic:.3f} |")
    print(f"\nProcessor seconds of a population: engine {engine_seconds / 2:.0f}, PyTorch {torch_seconds:.0f}, "
          f"{2 * torch_seconds / engine_seconds:.1f} times as many.")


if __name__ == "__main__":
    main()
