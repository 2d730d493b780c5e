"""Writes golden.json: what scipy and numpy say of two populations. (The p-value
of the Brunner-Munzel test is no column of it: a quarter of a model at either end
sets it apart from scipy's.) Run by

    python3 internal/study/analysis/testdata/golden.py

with scipy 1.15 or later.
"""

import csv
import json
import math
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


def least(errors, m):
    """The mean of the least error over all subsets of m."""
    n = len(errors)
    return sum(Fraction(math.comb(n - i, m - 1), math.comb(n, m)) * Fraction(e) for i, e in enumerate(sorted(errors), 1))


def expected_best(errors, m):
    """The expected best of m fresh models, and half its interval: the jackknife's
    standard error and Student's t with n/m degrees of freedom."""
    n = len(errors)
    without = [least(errors[:i] + errors[i + 1:], m) for i in range(n)]
    mean = sum(without) / n
    se = math.sqrt(sum((w - mean) ** 2 for w in without) * (n - 1) / n)
    return float(least(errors, m)), se * stats.t.ppf(0.975, n / m)


def with_best(rows, parameter):
    """The mean error of each value of a parameter, and whether it may be the least:
    one-sided comparisons of each with all others at a familywise 5 %, critical
    values of Dunnett drawn 4 million times."""
    groups = {}
    for r in rows:
        groups.setdefault(float(r[parameter]), []).append(float(r["error"]))
    values = sorted(groups)
    mean = {v: numpy.mean(groups[v]) for v in values}
    var = {v: numpy.var(groups[v], ddof=1) / len(groups[v]) for v in values}
    random, result = numpy.random.default_rng(1), {}
    for v in values:
        others = [u for u in values if u != v]
        df = min((var[v] + var[u]) ** 2 / (var[v] ** 2 / (len(groups[v]) - 1) + var[u] ** 2 / (len(groups[u]) - 1)) for u in others)
        draws, size = numpy.full(4_000_000, -numpy.inf), 4_000_000
        common, scale = random.standard_normal(size), numpy.sqrt(random.chisquare(df, size) / df)
        for u in others:
            rho = math.sqrt(var[v] / (var[v] + var[u]))
            draws = numpy.maximum(draws, (rho * common + math.sqrt(1 - rho * rho) * random.standard_normal(size)) / scale)
        critical = numpy.quantile(draws, 0.95)
        lower = max(mean[v] - mean[u] - critical * math.sqrt(var[v] + var[u]) for u in others)
        result[str(v)] = [len(groups[v]), mean[v], bool(lower < 0)]
    return result


def population(rows):
    errors = [float(r["error"]) for r in rows]
    law = bootstrap_law(errors)
    ranges = {}
    for name in PARAMETERS:
        values = [float(r[name]) if r.get(name) else None for r in rows]
        if len(set(values) - {None}) > 1:
            ranges[name] = [quantile(values, law, Fraction(q)) for q in ("0.025", "0.5", "0.975")]
    m = len(errors) // 4
    best, half = expected_best(errors, m)
    return {
        "best_of": m, "expected_best": best, "expected_best_lo": best - half, "expected_best_hi": best + half,
        "n": len(errors), "error_min": min(errors), "error_max": max(errors),
        "error_mean": numpy.mean(errors), "error_median": numpy.median(errors),
        "error_q25": numpy.quantile(errors, 0.25), "error_q75": numpy.quantile(errors, 0.75),
        "bootstrap": ranges, "best_values": {p: with_best(rows, p) for p in ("b1", "b4")},
    }


def test(a, b):
    ks = stats.ks_2samp(a, b, method="exact")
    mw = stats.mannwhitneyu(a, b, alternative="two-sided", use_continuity=True, method="asymptotic")
    bm = stats.brunnermunzel(a, b)
    welch = stats.ttest_ind(a, b, equal_var=False)
    lo, hi = welch.confidence_interval()
    less = numpy.mean([(x < y) + (x == y) / 2 for x in a for y in b])
    return {
        "ks_d": ks.statistic, "ks_p": ks.pvalue, "mann_whitney_u": mw.statistic, "mann_whitney_p": mw.pvalue,
        "probability_less": less, "mean_difference": numpy.mean(a) - numpy.mean(b),
        "brunner_munzel_t": bm.statistic, "means_p_holm": welch.pvalue, "mean_difference_lo": lo, "mean_difference_hi": hi,
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
