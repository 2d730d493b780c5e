"""Golden numbers of estimates with predictions, from statsmodels and scipy.

    python edf/testdata/adjusted.py > edf/testdata/adjusted.json

The committed file was made with Python 3.11, numpy 2.4.6, scipy 1.17.1 and
statsmodels 0.15.0. Everything is deterministic.
"""

import json
import sys

import numpy as np
import statsmodels.api as sm
from scipy import optimize, stats


def regression(y, t, candidates):
    """Estimate, variance and degrees of freedom: the intercept of a regression on
    t less its mean over the candidates would be the estimate; its HC3 variance is
    taken about the mean of the trained, where it is apart from that of the slope."""
    y, t, candidates = map(np.asarray, (y, t, candidates))
    at_candidates = sm.OLS(y, sm.add_constant(t - candidates.mean())).fit()
    at_trained = sm.OLS(y, sm.add_constant(t - t.mean())).fit(cov_type="HC3")
    n = len(y)
    v = at_trained.bse[0] ** 2 * n / (n - 1) + at_trained.params[1] ** 2 * candidates.var(ddof=1) / len(candidates)
    return at_candidates.params[0], v, n - 2, at_trained.rsquared


def interval(value, variance, df):
    return list(stats.t.interval(0.95, df, loc=value, scale=np.sqrt(variance)))


def difference(a, va, dfa, b, vb, dfb):
    df = (va + vb) ** 2 / (va**2 / dfa + vb**2 / dfb)
    return a - b, va + vb, df


def placements(a, b):
    """Share of b below each of a, by midranks."""
    both = stats.rankdata(a + b)[: len(a)]
    return (both - stats.rankdata(a)) / len(b)


def less(a, b):
    in_b, in_a = placements(a["errors"], b["errors"]), placements(b["errors"], a["errors"])
    plain = stats.mannwhitneyu(b["errors"], a["errors"]).statistic / len(in_b) / len(in_a)
    ea, va, _, ra = regression(in_b, a["predicted"], a["candidates"])
    eb, vb, _, rb = regression(in_a, b["predicted"], b["candidates"])
    ends = lambda n, r2: (1 - r2) * 0.25 * (plain**2 + (1 - plain) ** 2) / (n * (n - 1))
    value = plain - (ea - in_b.mean()) + (eb - in_a.mean())
    variance = va + ends(len(in_b), ra) + vb + ends(len(in_a), rb)
    n = min(len(in_b), len(in_a))
    share = (n * value + 0.25) / (n + 0.5)
    trials = max(n, share * (1 - share) / variance)
    z = stats.norm.ppf(0.975)
    score = lambda p: (value - p) ** 2 - z**2 * p * (1 - p) / trials
    return value, [optimize.brentq(score, 0, value), optimize.brentq(score, value, 1)]


def distribution(p, rng):
    """Values behind the distinct errors, and the half-width of the band: all models
    one by one, each candidate with its own multiplier."""
    y, t, candidates = (np.array(p[k]) for k in ("errors", "predicted", "candidates"))
    fit = sm.OLS(y, sm.add_constant(t)).fit()
    law = lambda e, t: stats.norm.cdf((e - fit.params[0] - fit.params[1] * t) / np.sqrt(fit.mse_resid))
    steps = np.unique(y)
    seen = (y <= steps[:, None]).astype(float)
    g = np.array([law(e, t) for e in steps])
    h = np.array([law(e, candidates) for e in steps])
    centred = g - g.mean(1, keepdims=True)
    slope = np.clip((centred * seen).sum() / (centred**2).sum(), 0, 1)
    values = seen.mean(1) + slope * (h.mean(1) - g.mean(1))
    one = seen - slope * g
    n, m = len(y), len(candidates)
    one = (one - one.mean(1, keepdims=True)) / (n - 2)
    other = slope * (h - h.mean(1, keepdims=True)) / m
    draws = [np.abs(one @ rng.normal(size=n) + other @ rng.normal(size=m)).max() for _ in range(20000)]
    return {"values": np.sort(np.clip(values, 0, 1)).tolist(), "band": np.quantile(draws, 0.95)}


def population(rng, n, candidates, mean, slope, noise):
    t = np.round(rng.normal(30, 3, candidates), 2)
    y = np.round(mean + slope * (t[:n] - 30) + noise * rng.gamma(2, 1, n), 1)
    return {"errors": y.tolist(), "predicted": t[:n].tolist(), "candidates": t.tolist()}


def case(name, a, b):
    ra, rb = (regression(p["errors"], p["predicted"], p["candidates"]) for p in (a, b))
    d = difference(*ra[:3], *rb[:3])
    p, limits = less(a, b)
    return {
        "name": name, "a": a, "b": b,
        "mean": ra[0], "limits": interval(*ra[:3]), "r2": ra[3],
        "worth": np.var(a["errors"], ddof=1) / ra[1],
        "difference": d[0], "difference_limits": interval(*d),
        "less": p, "less_limits": limits,
        "edf_a": distribution(a, np.random.default_rng(1)), "edf_b": distribution(b, np.random.default_rng(2)),
    }


rng = np.random.default_rng(20261126)
json.dump(
    [
        case("good predictions", population(rng, 30, 200, 40, 1, 1), population(rng, 20, 150, 42, 0.7, 1)),
        case("few models", population(rng, 10, 100, 40, 1, 2), population(rng, 12, 100, 40, 1, 2)),
        case("useless and perverse", population(rng, 25, 100, 40, 0, 2), population(rng, 40, 60, 41, -1, 2)),
        case("all trained", population(rng, 20, 20, 40, 1, 1), population(rng, 20, 20, 41, 1, 1)),
    ],
    sys.stdout,
)
