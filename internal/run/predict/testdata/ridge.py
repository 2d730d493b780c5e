"""What the built-in predictor is to know, from numpy and pandas alone.

    python internal/run/predict/testdata/ridge.py > internal/run/predict/testdata/ridge.json

The committed file was made with Python 3.11, numpy 2.4.6 and pandas 3.1.1. The
penalty and the share of variance that a fit without each space predicts are
found from the singular values and the rows, not from sums by space.
"""

import glob
import json
import sys

import numpy as np
import pandas as pd

files = sorted(glob.glob("experiments/results/cifar/2026-11-2[45]/*.csv"))
t = pd.concat([pd.read_csv(f).assign(file=f) for f in files], ignore_index=True)
t = t[t.status == "done"].reset_index(drop=True)


def log(x):
    x = np.asarray(x, float)
    with np.errstate(all="ignore"):
        y = np.log(x)
    return np.where(np.isfinite(y), y, 0)


def column(name):
    return t[name].to_numpy(float) if name in t else np.full(len(t), np.nan)


d, w, b, g = (np.array([column(f"{p}{k}") for k in range(1, 6)]) for p in "dwbg")
b = np.where(b > 0, b, w / w)
inner = w / b
g = np.where(g > 0, g, inner)
features = [column("depth"), np.nan_to_num(column("e_fit"))]
features += [log(column(c)) for c in ("flops", "params", "acts", "width", "depth")]
for own, v in [(1, d), (1, w), (1, b), (1, g), (0, inner), (0, inner / g)]:
    features += [log(pd.DataFrame(v).min().to_numpy()), log(pd.DataFrame(v).max().to_numpy())]
    features += [log(x) for x in v if own]
features += [log(d[3] / d[0]), log(w[3] / w[0])]
x = np.array(features).T
y = t.error.to_numpy(float).copy()
for _, rows in t.groupby(["file", "space", t.budget.fillna("")]).groups.items():
    x[rows] -= x[rows].mean(0)
    y[rows] -= y[rows].mean()


def standardised(x):
    sd = x.std(0)
    return x / np.where(sd > 0, sd, 1)


def fit(x, y, penalty):
    sd = x.std(0)
    sd[sd == 0] = 1
    z = x / sd
    return np.linalg.lstsq(np.vstack([z, np.sqrt(penalty) * np.eye(z.shape[1])]), np.append(y, np.zeros(z.shape[1])), rcond=None)[0] / sd


def left_out(penalty):
    z = standardised(x)
    hat = z @ np.linalg.solve(z.T @ z + penalty * np.eye(z.shape[1]), z.T)
    return (((y - hat @ y) / (1 - np.diag(hat))) ** 2).sum()


penalty = min((10 ** (k / 10 - 1) for k in range(41)), key=left_out)
r2 = {}
for space in sorted(set(t.space)):
    its = (t.space == space).to_numpy()
    weights = fit(x[~its], y[~its], penalty)
    predicted = x[its] @ weights
    r2[space] = (predicted @ y[its]) ** 2 / (predicted @ predicted) / (y[its] @ y[its])
json.dump({"lambda": penalty, "r2": r2, "weights": fit(x, y, penalty).tolist()}, sys.stdout, indent=1)
