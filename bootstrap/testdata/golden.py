"""Golden bootstrap intervals from scipy.

    python bootstrap/testdata/golden.py > bootstrap/testdata/golden.json

The committed file was made with Python 3.11, numpy 2.4.6 and scipy 1.17.1; the
versions used are written into it. Everything is deterministic. With so many
resamples, what is left of the noise is that of the code under test.
"""

import json
import sys

import numpy as np
import scipy
from scipy import stats


def interval(data, statistic, method, seed):
    ci = stats.bootstrap(data, statistic, method=method, rng=np.random.default_rng(seed), n_resamples=200_000,
                         batch=20_000, confidence_level=0.95, vectorized=True).confidence_interval
    return [float(ci.low), float(ci.high)]


def studentised(x, seed):
    """The bootstrap-t interval of the mean, by its definition."""
    x, rng = np.asarray(x), np.random.default_rng(seed)
    y = rng.choice(x, (200_000, len(x)))
    se = y.std(axis=1, ddof=1) / np.sqrt(len(x))
    t = ((y.mean(axis=1) - x.mean())[se > 0]) / se[se > 0]
    high, low = np.quantile(t, [0.025, 0.975])
    spread = x.std(ddof=1) / np.sqrt(len(x))
    return [float(x.mean() - low * spread), float(x.mean() - high * spread)]


def median_difference(x, y, axis):
    return np.median(x, axis=axis) - np.median(y, axis=axis)


def main():
    rng = np.random.default_rng(20200330)
    out = {"python": sys.version.split()[0], "numpy": np.__version__, "scipy": scipy.__version__, "intervals": []}
    for name, n, m in [("moderate", 60, 45), ("small", 12, 9), ("diverged", 50, 40)]:
        a = np.round(20 + rng.gamma(2, 2, n), 2)
        b = np.round(21 + rng.gamma(2, 2, m), 2)
        if name == "diverged":
            a[:2] = 100
        out["intervals"].append({
            "name": name, "a": a.tolist(), "b": b.tolist(),
            "mean": studentised(a, 5),
            "median": interval((a,), np.median, "percentile", 3),
            "median_difference": interval((a, b), median_difference, "percentile", 4)})

    # One row a line, so that a change shows as one.
    rows = lambda v: "[\n" + ",\n".join(json.dumps(r) for r in v) + "\n]" if isinstance(v, list) else json.dumps(v)
    print("{\n" + ",\n".join(f'"{k}": {rows(v)}' for k, v in out.items()) + "\n}")


main()
