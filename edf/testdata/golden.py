"""Golden numbers of edf from scipy and numpy.

    python edf/testdata/golden.py > edf/testdata/golden.json

The committed file was made with Python 3.11, numpy 2.4.6 and scipy 1.17.1; the
versions used are written into it. Everything is deterministic.
"""

import json
import math
import sys

import numpy as np
import scipy
from scipy import stats


def samples(rng):
    """Pairs of samples: without ties, with ties, tiny, equal, apart, skewed."""
    def normal(n, mean, digits):
        return np.round(rng.normal(mean, 3, n), digits).tolist()

    yield "continuous", normal(40, 20, 9), normal(55, 21, 9)
    yield "equal sizes", normal(30, 20, 9), normal(30, 22, 9)
    yield "coprime", normal(37, 20, 9), normal(101, 20, 9)
    yield "ties", normal(50, 20, 0), normal(60, 21, 0)
    yield "ties, equal sizes", normal(25, 20, 0), normal(25, 22, 0)
    yield "one against many", [18.5], normal(20, 20, 9)
    yield "one each", [18.5], [20.0]
    yield "three each", [10.0, 11.0, 12.0], [20.0, 21.0, 22.0]
    yield "apart", normal(60, 10, 9), normal(70, 80, 9)
    yield "all equal", [30.0] * 8, [30.0] * 12
    yield "diverged", normal(45, 20, 1) + [100.0] * 5, normal(30, 20, 1) + [100.0] * 20
    yield "large", normal(800, 20, 4), normal(1000, 20.3, 4)


def formula(n, a, c, scale):
    """Errors that the test can make again instead of reading them."""
    i = np.arange(n, dtype=np.int64)
    return ((i * a + c) % 10007) / scale


def compare(a, b):
    ks = stats.ks_2samp(a, b)  # method 'auto': exact up to 10 000
    mw = stats.mannwhitneyu(a, b, use_continuity=True, alternative="two-sided", method="asymptotic")
    return {"ks_d": float(ks.statistic), "ks_p": float(ks.pvalue),
            "mw_u": float(mw.statistic), "mw_p": float(mw.pvalue)}


def permutation(a, b):
    """KS given the ties: every split of the pooled sample, by scipy."""
    def d(x, y):
        return stats.ks_2samp(x, y, method="asymp").statistic
    r = stats.permutation_test((a, b), d, vectorized=False, n_resamples=np.inf, alternative="greater")
    return float(r.pvalue)


def wilson(k, n):
    ci = stats.binomtest(k, n).proportion_ci(0.95, method="wilson")
    return [float(ci.low), float(ci.high)]


def newcombe(k, n, l, m):
    (pl, pu), (ql, qu) = wilson(k, n), wilson(l, m)
    p, q = k / n, l / m
    d = p - q
    return [d - math.hypot(p - pl, qu - q), d + math.hypot(pu - p, q - ql)]


def main():
    rng = np.random.default_rng(20200330)
    out = {"python": sys.version.split()[0], "numpy": np.__version__, "scipy": scipy.__version__}

    probs = [0, 0.01, 0.025, 0.1, 0.25, 1 / 3, 0.5, 0.75, 0.9, 0.975, 1]
    out["pairs"] = []
    for name, a, b in samples(rng):
        row = {"name": name, "a": a, "b": b, **compare(a, b)}
        row["probs"] = probs
        row["quantiles_a"] = np.quantile(a, probs).tolist()
        row["mean_a"] = float(np.mean(a))
        out["pairs"].append(row)

    out["large"] = []
    for n, m in [(10000, 9999), (10000, 10000), (10001, 9000), (20000, 5), (100000, 90000), (300000, 300000)]:
        for scale in [100.1, 102, 110]:
            a, b = formula(n, 7919, 13, 100), formula(m, 104729, 5, scale)
            out["large"].append({"n": n, "m": m, "scale": scale, **compare(a, b)})

    out["permutation"] = []
    for a, b in [([1, 1, 2, 3, 3], [1, 2, 2, 4, 5, 5]), ([1, 1, 1, 2], [1, 2, 2, 2]),
                 ([3, 1, 4, 1, 5, 9, 2], [2, 7, 1, 8, 2, 8]), ([1, 2, 3], [4, 5, 6]),
                 ([5, 5, 5, 5, 6], [5, 6, 6, 6, 6, 6])]:
        out["permutation"].append({"a": a, "b": b, "p": permutation(a, b)})

    out["kstwo"] = []
    for n in [1, 2, 3, 5, 10, 50, 139, 140, 141, 500, 5000, 99999, 100001, 500000]:
        for z in [0.2, 0.4, 0.6, 0.8, 1.0, 1.36, 1.6, 2.5, 5, 15]:
            d = z / math.sqrt(n)
            out["kstwo"].append({"n": n, "d": d, "sf": float(stats.kstwo.sf(d, n))})
        for d in [0.5 / n, 0.9 / n, 1.5 / n, 0.5, 0.7, 1 - 0.5 / n]:
            out["kstwo"].append({"n": n, "d": d, "sf": float(stats.kstwo.sf(d, n))})

    out["wilson"] = []
    for k, n in [(0, 5), (1, 5), (5, 5), (40, 100), (99, 100), (3, 1000)]:
        lo, hi = wilson(k, n)
        out["wilson"].append({"k": k, "n": n, "lo": lo, "hi": hi})

    out["newcombe"] = []
    for k, n, l, m in [(56, 70, 48, 80), (9, 10, 3, 10), (10, 10, 0, 20), (0, 10, 0, 10)]:
        lo, hi = newcombe(k, n, l, m)
        out["newcombe"].append({"k": k, "n": n, "l": l, "m": m, "lo": lo, "hi": hi})

    # One row a line, so that a change shows as one.
    rows = lambda v: "[\n" + ",\n".join(json.dumps(r) for r in v) + "\n]" if isinstance(v, list) else json.dumps(v)
    print("{\n" + ",\n".join(f'"{k}": {rows(v)}' for k, v in out.items()) + "\n}")


main()
