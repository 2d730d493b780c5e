"""Writes golden.json: what Optuna's functional ANOVA says of a tree and of a
recorded population. Run by

    python3 internal/importance/testdata/golden.py

with optuna 5.0.0, scikit-learn 1.9.1 and numpy 2.4. (The package fanova gives the
same decomposition; its forests are in C++.)
"""

import csv
import json
import pathlib

import numpy
import optuna
import sklearn
from optuna.importance._fanova._fanova import _Fanova
from optuna.importance._fanova._tree import _FanovaTree
from sklearn.tree import DecisionTreeRegressor

HERE = pathlib.Path(__file__).resolve().parent
RESULTS = HERE.parents[2] / "experiments/results/cifar/2026-11-24"
LEVELS = 6


def a_tree():
    """A tree over three columns of six levels, its leaves, and the variances of
    its components where all levels are equally frequent."""
    r = numpy.random.default_rng(1)
    x = r.integers(0, LEVELS, (300, 3))
    y = x[:, 0] * (x[:, 1] > 2) + (x[:, 2] - 2) ** 2 + r.normal(size=300)
    fitted = DecisionTreeRegressor(max_depth=4, random_state=0).fit(x, y).tree_
    leaves = []

    def walk(node, sets):
        left, right = fitted.children_left[node], fitted.children_right[node]
        if left < 0:
            leaves.append({"value": float(fitted.value[node].item()), "sets": sets})
            return
        f, t = fitted.feature[node], fitted.threshold[node]
        for child, keep in (left, lambda v: v <= t), (right, lambda v: v > t):
            walk(child, [[v for v in s if keep(v)] if k == f else s for k, s in enumerate(sets)])

    walk(0, [list(range(LEVELS))] * 3)
    tree = _FanovaTree(fitted, numpy.array([[-0.5, LEVELS - 0.5]] * 3))
    main = [tree.get_marginal_variance(numpy.array([k])) for k in range(3)]
    pairs = {}
    for a, b in (0, 1), (0, 2), (1, 2):
        pairs[f"{a} {b}"] = tree.get_marginal_variance(numpy.array([a, b])) - main[a] - main[b]
    return {"leaves": leaves, "variance": tree.variance, "main": main, "pairs": pairs}


def a_population(name, columns):
    """The shares of the variance of a forest's predictions by the columns, of
    which ranks are taken, so that a uniform distribution is that of the
    population."""
    with open(RESULTS / name) as f:
        rows = list(csv.DictReader(f))
    y = numpy.array([float(r["error"]) for r in rows])
    x = []
    for c in columns:
        values = numpy.array([float(r[c]) for r in rows])
        below = (values[None, :] < values[:, None]).mean(1)
        equal = (values[None, :] == values[:, None]).mean(1)
        x.append(below + equal / 2)
    x = numpy.array(x).T
    f = _Fanova(n_trees=64, max_depth=64, min_samples_split=2, min_samples_leaf=1, seed=0)
    f.fit(x, y, numpy.array([[0.0, 1.0]] * len(columns)), [numpy.array([k]) for k in range(len(columns))])
    return {"file": name, "shares": {c: f.get_importance(k)[0] for k, c in enumerate(columns)}}


golden = {
    "optuna": optuna.__version__,
    "sklearn": sklearn.__version__,
    "tree": a_tree(),
    "population": a_population("anynetxa-500K-600K-n400.csv", [p + s for p in "dwbg" for s in "1234"]),
}
(HERE / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")
