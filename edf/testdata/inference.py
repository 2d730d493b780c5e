"""Golden numbers of tests and intervals, from scipy and numpy.

    python edf/testdata/inference.py > edf/testdata/inference.json

The committed file was made with Python 3.11, numpy 2.4.6 and scipy 1.17.1; the
versions used are written into it. Everything is deterministic.
"""

import json
import sys

import numpy as np
import scipy
from scipy import stats


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


def main():
    rng = np.random.default_rng(11)
    json.dump({
        "made_with": {"python": sys.version.split()[0], "numpy": np.__version__, "scipy": scipy.__version__},
        "brunner_munzel": list(brunner_munzels(rng)),
        "welch": list(welches(rng)),
    }, sys.stdout, indent=1)


main()
