"""Golden numbers of tests and intervals, from scipy and numpy.

    python edf/testdata/inference.py > edf/testdata/inference.json

The committed file was made with Python 3.11, numpy 2.4.6 and scipy 1.17.1; the
versions used are written into it. Everything is deterministic.
"""

import json
import sys

import numpy as np
import scipy
from scipy import integrate, stats


def brunner_munzel(name, a, b):
    r = stats.brunnermunzel(a, b)
    return {"name": name, "a": a, "b": b, "t": float(r.statistic), "p": float(r.pvalue)}


def brunner_munzels(rng):
    def normal(mean, sd, n, digits=4):
        return np.round(rng.normal(mean, sd, n), digits).tolist()

    yield brunner_munzel("same", normal(40, 3, 30), normal(40, 3, 20))
    yield brunner_munzel("shifted", normal(40, 3, 50), normal(42, 3, 50))
    yield brunner_munzel("unequal variances", normal(40, 1, 100), normal(40, 5, 20))
    yield brunner_munzel("ties", normal(40, 2, 25, 0), normal(41, 2, 35, 0))
    yield brunner_munzel("small", normal(40, 3, 4), normal(41, 3, 5))
    yield brunner_munzel("two values", [1.0] * 7 + [2.0] * 3, [1.0] * 2 + [2.0] * 9)


def welch(name, a, b):
    r = stats.ttest_ind(a, b, equal_var=False)
    ci = r.confidence_interval(0.95)
    return {"name": name, "a": a, "b": b, "difference": float(np.mean(a) - np.mean(b)), "limits": [float(ci.low), float(ci.high)]}


def welches(rng):
    for name, n, m in [("small", 8, 8), ("unequal", 20, 60), ("two", 2, 3)]:
        yield welch(name, np.round(rng.gamma(2, 2, n), 3).tolist(), np.round(1 + rng.gamma(2, 1, m), 3).tolist())


def dunnett(d, loadings, df):
    """P(max T <= d) by nested quadrature; scipy's own, by quasi Monte Carlo, agrees."""
    lam = np.array(loadings)

    def given(s):
        g = lambda z: stats.norm.pdf(z) * np.prod(stats.norm.cdf((d * s + lam * z) / np.sqrt(1 - lam**2)))
        return integrate.quad(g, -9, 9, epsabs=1e-12, limit=200)[0]

    chi = stats.chi(df)
    p = integrate.quad(lambda x: chi.pdf(x) * given(x / np.sqrt(df)), *chi.ppf([1e-14, 1 - 1e-14]), epsabs=1e-11, limit=200)[0]
    if len(lam) > 1 and df == int(df):
        shape = np.outer(lam, lam)
        np.fill_diagonal(shape, 1)
        qmc = stats.multivariate_t(shape=shape, df=df, seed=1).cdf(np.full(len(lam), d), maxpts=400_000)
        assert abs(qmc - p) < 1e-4, (qmc, p)
    return {"d": d, "loadings": loadings, "df": df, "p": float(p)}


def dunnetts():
    half = 0.5**0.5
    yield dunnett(2.0, [half], 10)
    yield dunnett(2.19, [half] * 3, 20)
    yield dunnett(2.5, [half] * 4, 8)
    yield dunnett(1.5, [0.1, 0.5, 0.9, 0.99], 40)
    yield dunnett(3.0, [0.3, 0.95], 2.5)
    yield dunnett(2.2, [0.6] * 9, 300)


def main():
    rng = np.random.default_rng(11)
    json.dump({
        "made_with": {"python": sys.version.split()[0], "numpy": np.__version__, "scipy": scipy.__version__},
        "brunner_munzel": list(brunner_munzels(rng)),
        "welch": list(welches(rng)),
        "dunnett": list(dunnetts()),
    }, sys.stdout, indent=1)


main()
