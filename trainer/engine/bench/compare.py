#!/usr/bin/env python3
"""Compares the engine's training step with PyTorch's, taking turns.

    python3 trainer/engine/bench/compare.py --designspace ./designspace

For every model (default: models/*.yaml beside this file) each round measures

    designspace model bench MODEL --batch B --seconds S --format json

and every variant of pytorch.py for about as long, in an order that rotates from
round to round, so that a change in the machine's load falls on all alike. The
report is Markdown: milliseconds a step (median over the rounds), and how many
times faster the engine is than PyTorch's fastest float32 variant and than its
fastest variant of all (median over the rounds of the ratio within a round; the
least and greatest in brackets). The engine computes in float32. --raw FILE keeps
every measurement as JSON. --cpu N binds all processes to one core.

PyTorch is imported by the Python that runs this file. Compiled variants take
about half a minute a model before their first measurement.
"""

import argparse
import datetime
import json
import math
import os
import pathlib
import platform
import shlex
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ENGINE = "designspace"
FLOAT32 = ["nchw", "nhwc", "nchw+compile", "nhwc+compile"]
VARIANTS = FLOAT32 + [v + "+bf16" for v in FLOAT32]


class PyTorch:
    """pytorch.py --serve with one model."""

    def __init__(self, model, batch, seconds):
        self.model, self.budget, self.counts = model, seconds, {}
        self.server = subprocess.Popen(
            [sys.executable, HERE / "pytorch.py", "--serve", "--batch", str(batch)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.setup = self.answer()

    def answer(self):
        line = self.server.stdout.readline()
        if not line:
            raise RuntimeError("pytorch.py ended early")
        return json.loads(line)

    def steps(self, variant, count):
        request = ["step", str(self.model), variant, str(count)]
        self.server.stdin.write(shlex.join(request) + "\n")
        self.server.stdin.flush()
        answer = self.answer()
        if "error" in answer:
            raise RuntimeError(f"{variant}: {answer['error']}")
        return answer["seconds"]

    def measure(self, variant):
        """The median seconds of a step, over about the budget."""
        if variant not in self.counts:
            step = statistics.median(self.steps(variant, 3))
            self.counts[variant] = max(1, math.ceil(self.budget / step))
        return statistics.median(self.steps(variant, self.counts[variant]))

    def close(self):
        self.server.stdin.close()
        self.server.wait()
        self.server.stdout.close()


def designspace(args, *command):
    done = subprocess.run([args.designspace, *command], check=True, text=True,
                          stdout=subprocess.PIPE)
    return done.stdout


def bench(args, model):
    return json.loads(designspace(args, "model", "bench", str(model), "--batch", str(args.batch),
                                  "--seconds", str(args.seconds), "--format", "json"))


def compare(args, model, folder):
    """All measurements of one model: seconds a step, a list over rounds by name."""
    described = designspace(args, "model", "describe", str(model), "--format", "json")
    path = pathlib.Path(folder) / (model.stem + ".json")
    path.write_text(described)
    torch = PyTorch(path, args.batch, args.seconds)
    names = [ENGINE] + args.variants
    seconds = {name: [] for name in names}
    for r in range(args.rounds):
        turn = r % len(names)
        for name in names[turn:] + names[:turn]:
            print(f"{model.stem}: round {r + 1} of {args.rounds}: {name}", file=sys.stderr)
            if name == ENGINE:
                result = bench(args, model)
                seconds[name].append(args.batch / result["images_per_second"])
            else:
                seconds[name].append(torch.measure(name))
    torch.close()
    return {"model": model.stem, "flops": json.loads(described)["flops"], "seconds": seconds,
            "kernel": result["kernel"], "pytorch": torch.setup}


def ratios(seconds, variants):
    """How much faster the engine is than the fastest of the variants, by round."""
    if not variants:
        return None
    fastest = min(variants, key=lambda v: statistics.median(seconds[v]))
    return [t / e for t, e in zip(seconds[fastest], seconds[ENGINE])]


def cell(values):
    if values is None:
        return "–"
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


def geometric_mean(columns):
    medians = [statistics.median(values) for values in columns if values]
    return f"{statistics.geometric_mean(medians):.2f}" if medians else "–"


def table(results, variants):
    float32 = [v for v in variants if v in FLOAT32]
    heads = ["model", "MFLOPs", "engine ms"] + [v + " ms" for v in variants]
    heads += ["× fastest float32", "× fastest"]
    lines = ["| " + " | ".join(heads) + " |", "|---|" + "--:|" * (len(heads) - 1)]
    single, every = [], []
    for r in results:
        s = r["seconds"]
        single.append(ratios(s, float32))
        every.append(ratios(s, variants))
        row = [r["model"], f"{r['flops'] / 1e6:.1f}"]
        row += [f"{1e3 * statistics.median(s[name]):.1f}" for name in [ENGINE] + variants]
        lines.append("| " + " | ".join(row + [cell(single[-1]), cell(every[-1])]) + " |")
    row = ["geometric mean"] + [""] * (len(heads) - 3)
    lines.append("| " + " | ".join(row + [geometric_mean(single), geometric_mean(every)]) + " |")
    return "\n".join(lines)


def cpu_model():
    try:
        for line in open("/proc/cpuinfo"):
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def facts(args):
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": cpu_model(), "cores": os.cpu_count(), "system": platform.platform(),
        "load": round(os.getloadavg()[0], 2), "designspace": designspace(args, "--version").strip(),
        "batch": args.batch, "rounds": args.rounds, "seconds": args.seconds, "bound to": args.cpu,
    }


def report(host, results, variants):
    first = results[0]
    torch = first["pytorch"]
    return f"""\
{host["date"]}; {host["cpu"]}, {host["cores"]} cores, {host["system"]}; load {host["load"]} before.
{host["designspace"]}, kernel set {first["kernel"]}; PyTorch {torch["torch"]} ({torch["capability"]}), \
Python {torch["python"]}; one thread each{"" if host["bound to"] is None else ", bound to one core"}.
Batch {host["batch"]}; {host["rounds"]} rounds of {host["seconds"]:g} s.

{table(results, variants)}"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", type=pathlib.Path, metavar="MODEL.yaml",
                        default=sorted((HERE / "models").glob("*.yaml")))
    parser.add_argument("--designspace", default="designspace", help="the command to measure")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=2, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=VARIANTS)
    parser.add_argument("--cpu", type=int, help="bind all processes to this core")
    parser.add_argument("--raw", type=pathlib.Path, help="write every measurement as JSON")
    args = parser.parse_args()
    if args.cpu is not None:
        os.sched_setaffinity(0, {args.cpu})
    host, results = facts(args), []
    with tempfile.TemporaryDirectory() as folder:
        for model in args.models:
            results.append(compare(args, model, folder))
            if args.raw:
                args.raw.write_text(json.dumps({"host": host, "results": results}, indent=1))
    print(report(host, results, args.variants))


if __name__ == "__main__":
    main()
