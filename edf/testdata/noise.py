"""Golden numbers of rank correlations and variance components, from scipy and numpy.

    python edf/testdata/noise.py > edf/testdata/noise.json

The committed file was made with Python 3.11, numpy 2.4.6 and scipy 1.17.1; the
versions used are written into it. Everything is deterministic.
"""

import json
import math
import sys

import numpy as np
import scipy
from scipy import optimize, stats


def correlation(name, a, b):
    n = len(a)
    rho, tau = float(stats.spearmanr(a, b).statistic), float(stats.kendalltau(a, b).statistic)
    z = stats.norm.ppf(0.975)

    def interval(r, variance):
        half = z * math.sqrt(variance)
        return [math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)]

    return {"name": name, "a": a, "b": b, "ranks_a": stats.rankdata(a).tolist(),
            "spearman": rho, "spearman_limits": interval(rho, (1 + rho**2 / 2) / (n - 3)),
            "kendall": tau, "kendall_limits": interval(tau, 0.437 / (n - 4))}


def correlations(rng):
    def pair(n, noise, digits):
        x = rng.normal(30, 4, n)
        return np.round(x, digits).tolist(), np.round(x + rng.normal(0, noise, n), digits).tolist()

    yield "close", *pair(60, 1, 6)
    yield "loose", *pair(60, 8, 6)
    yield "ties", *pair(40, 2, 0)
    yield "five", *pair(5, 4, 3)
    a, b = pair(30, 3, 1)
    yield "diverged", a[:25] + [100.0] * 5, b[:22] + [100.0] * 8
    a, b = pair(50, 2, 4)
    yield "against", a, [-x for x in b]


def components(name, models):
    n = np.array([len(m) for m in models], float)
    means = np.array([np.mean(m) for m in models])
    k, total = len(models), n.sum()
    within = sum(((np.array(m) - np.mean(m)) ** 2).sum() for m in models)
    msw = within / (total - k)
    grand = np.concatenate(models).mean()
    msb = (n * (means - grand) ** 2).sum() / (k - 1)
    n0 = (total - (n**2).sum() / total) / (k - 1)
    model = max((msb - msw) / n0, 0)

    def wald(ratio):
        w = n / (1 + ratio * n)
        m = (w * means).sum() / w.sum()
        return (w * (means - m) ** 2).sum() / (k - 1) / msw

    def limit(p):
        value = stats.f.ppf(p, k - 1, total - k)
        if wald(0) <= value:
            return 0.0
        r = optimize.brentq(lambda r: wald(r) - value, 0, 1e12, xtol=1e-14, rtol=1e-14, maxiter=1000)
        return r / (1 + r)

    row = {"name": name, "models": models, "seed_sd": math.sqrt(msw), "model_sd": math.sqrt(model),
           "seed_limits": [math.sqrt(within / stats.chi2.ppf(p, total - k)) for p in (0.975, 0.025)],
           "reliability": model / (model + msw), "limits": [limit(0.975), limit(0.025)],
           "resolvable": float(stats.t.ppf(0.975, total - k)) * math.sqrt(2 * msw)}
    if len(set(n)) == 1:
        # The textbook interval of ICC(1) for r repeats each, from scipy's own F.
        f, r = stats.f_oneway(*models).statistic, n[0]
        lo = f / stats.f.ppf(0.975, k - 1, total - k)
        hi = f * stats.f.ppf(0.975, total - k, k - 1)
        row["balanced_limits"] = [max((lo - 1) / (lo + r - 1), 0), max((hi - 1) / (hi + r - 1), 0)]
        row["balanced_reliability"] = max((f - 1) / (f + r - 1), 0)
    return row


def populations(rng):
    def draw(sizes, model, seed):
        return [np.round(rng.normal(0, model) + 30 + rng.normal(0, seed, r), 6).tolist() for r in sizes]

    yield "reliable", draw([3] * 20, 4, 1)
    yield "noisy", draw([2] * 15, 0.5, 2)
    yield "two of each", draw([2, 2], 3, 1)
    yield "a few repeated", draw([3] * 8 + [1] * 32, 3, 1)
    yield "unequal", draw([1, 2, 3, 4, 5, 9, 2, 2], 2, 1)
    yield "seeds only", draw([4] * 10, 0, 1)


def main():
    rng = np.random.default_rng(20261101)
    out = {"python": sys.version.split()[0], "numpy": np.__version__, "scipy": scipy.__version__}
    out["correlations"] = [correlation(*c) for c in correlations(rng)]
    out["components"] = [components(*c) for c in populations(rng)]
    # One row a line, so that a change shows as one.
    rows = lambda v: "[\n" + ",\n".join(json.dumps(r) for r in v) + "\n]" if isinstance(v, list) else json.dumps(v)
    print("{\n" + ",\n".join(f'"{k}": {rows(v)}' for k, v in out.items()) + "\n}")


main()
