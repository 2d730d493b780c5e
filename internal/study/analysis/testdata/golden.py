"""Writes golden.json: what scipy and numpy say of two populations. Run by

    python3 internal/study/analysis/testdata/golden.py

with scipy 1.15 or later.
"""

import csv
import json
import pathlib
from fractions import Fraction

import numpy
import scipy
from scipy import stats

HERE = pathlib.Path(__file__).resolve().parent
RESULTS = HERE.parents[3] / "experiments/results/cifar/2026-11-24"
FILES = ["anynetxa-500K-600K.csv", "regnetx-500K-600K.csv"]
PARAMETERS = ["depth", "width", "w0", "g1", "flops", "e_fit"]


def read(name):
    with open(RESULTS / name) as f:
        return list(csv.DictReader(f))


def bootstrap_law(errors):
    """The probability of each model to be the best of a quarter of the models drawn with
    replacement, ties sharing evenly."""
    n, m = len(errors), max(1, len(errors) // 4)
    law = [Fraction(0)] * n
    for e in sorted(set(errors)):
        at_least = sum(x >= e for x in errors)
        above = sum(x > e for x in errors)
        tied = [i for i, x in enumerate(errors) if x == e]
        for i in tied:
            law[i] = (Fraction(at_least, n) ** m - Fraction(above, n) ** m) / len(tied)
    return law


def quantile(values, law, q):
    """The smallest value whose cumulated mass, of those that have one, reaches q."""
    pairs = sorted((v, p) for v, p in zip(values, law) if v is not None)
    total, mass = sum(p for _, p in pairs), Fraction(0)
    for v, p in pairs:
        mass += p
        if mass >= q * total:
            return v


def population(rows):
    errors = [float(r["error"]) for r in rows]
    law = bootstrap_law(errors)
    ranges = {}
    for name in PARAMETERS:
        values = [float(r[name]) if r.get(name) else None for r in rows]
        if len(set(values) - {None}) > 1:
            ranges[name] = [quantile(values, law, Fraction(q)) for q in ("0.025", "0.5", "0.975")]
    return {
        "n": len(errors), "error_min": min(errors), "error_max": max(errors),
        "error_mean": numpy.mean(errors), "error_median": numpy.median(errors),
        "error_q25": numpy.quantile(errors, 0.25), "error_q75": numpy.quantile(errors, 0.75),
        "bootstrap": ranges,
    }


def test(a, b):
    ks = stats.ks_2samp(a, b, method="exact")
    mw = stats.mannwhitneyu(a, b, alternative="two-sided", use_continuity=True, method="asymptotic")
    less = numpy.mean([(x < y) + (x == y) / 2 for x in a for y in b])
    return {
        "ks_d": ks.statistic, "ks_p": ks.pvalue, "mann_whitney_u": mw.statistic, "mann_whitney_p": mw.pvalue,
        "probability_less": less, "mean_difference": numpy.mean(a) - numpy.mean(b),
        "median_difference": numpy.median(a) - numpy.median(b),
    }


def main():
    tables = [read(name) for name in FILES]
    errors = [numpy.array([float(r["error"]) for r in rows]) for rows in tables]
    golden = {
        "made by": f"scipy {scipy.__version__}, numpy {numpy.__version__}", "files": FILES,
        "populations": [population(rows) for rows in tables], "test": test(*errors),
    }
    (HERE / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
