"""Golden values of two models compared: packages/core/test/measure/compare.golden.json.

Needs numpy, scipy and statsmodels. Run from the root: python scripts/golden/compare.py
McNemar's exact and asymptotic p come from statsmodels; mid-p and DeLong's test are computed here from their definitions, the
latter from all pairs of rows.
"""

import json
import pathlib

import numpy as np
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar

draw = np.random.default_rng(20260103)


def tests():
    for only_a, only_b in [(0, 0), (1, 0), (5, 5), (3, 11), (40, 21), (0, 17), (200, 260), (1500, 1400)]:
        n = only_a + only_b
        table = [[10, only_a], [only_b, 10]]
        low = min(only_a, only_b)
        exact = 1.0 if n == 0 else mcnemar(table, exact=True).pvalue
        mid = 1.0 if n == 0 else min(1.0, 2 * stats.binom.cdf(low, n, 0.5) - stats.binom.pmf(low, n, 0.5))
        if n > 0 and only_a == only_b:
            mid = 1 - stats.binom.pmf(low, n, 0.5) / 2
        chi = 1.0 if n == 0 else mcnemar(table, exact=False, correction=False).pvalue
        yield {"onlyA": only_a, "onlyB": only_b, "exact": exact, "midP": mid, "asymptotic": chi}


def delong(a, b, y):
    """Structural components from all pairs; ties count half."""
    own, rest = y == 1, y == 0

    def components(score):
        pairs = (score[own][:, None] > score[rest]) + 0.5 * (score[own][:, None] == score[rest])
        return pairs.mean(axis=1), pairs.mean(axis=0), pairs.mean()

    (a10, a01, area_a), (b10, b01, area_b) = components(a), components(b)
    variance = np.var(b10 - a10, ddof=1) / own.sum() + np.var(b01 - a01, ddof=1) / rest.sum()
    z = (area_b - area_a) / np.sqrt(variance)
    return {"difference": area_b - area_a, "standardError": np.sqrt(variance), "p": 2 * stats.norm.sf(abs(z))}


def cases():
    for n, gain in [(30, 0.5), (200, 0.3), (200, 0.0)]:
        truth = draw.normal(size=n)
        y = (draw.uniform(size=n) < 1 / (1 + np.exp(-2 * truth))).astype(int)
        a = np.round(truth + draw.normal(size=n), 1)
        b = np.round(truth + (1 - gain) * draw.normal(size=n), 1)
        yield {"a": a.tolist(), "b": b.tolist(), "y": y.tolist(), **delong(a, b, y)}


out = pathlib.Path("packages/core/test/measure/compare.golden.json")
out.write_text(json.dumps({"mcnemar": list(tests()), "delong": list(cases())}) + "\n")
