"""Golden values of the calibration measures: packages/core/test/measure/calibration.golden.json.

Needs numpy, scipy and scikit-learn >= 1.8. Run from the root: python scripts/golden/calibration.py
Takes the rows of packages/core/test/measure/golden.json. Brier scores and reliability curves of unweighted rows come from
scikit-learn, folded normal means and normal tails from scipy; the rest is computed here from its definition (docs/math.md §6).
"""

import json
import pathlib

import numpy as np
import scipy
import sklearn
from scipy import stats
from sklearn import calibration, metrics

BINS = 15
FOLDER = pathlib.Path("packages/core/test/measure")


def softmax(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def mass_bins(p, s):
    bins = np.zeros(len(p), dtype=int)
    for value in np.unique(p):
        here = p == value
        middle = s[p < value].sum() + s[here].sum() / 2
        bins[here] = min(BINS - 1, int(BINS * middle / s.sum()))
    return bins


def width_bins(p):
    return np.clip(np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], p), 0, BINS - 1)


def gaps(p, y, s, bins):
    """For each bin that holds rows: weight, gap of share and probability, share, effective rows."""
    for b in np.unique(bins):
        w = s[bins == b]
        share = np.average(y[bins == b], weights=w)
        promised = np.average(p[bins == b], weights=w)
        yield w.sum(), share - promised, share, w.sum() ** 2 / (w**2).sum()


def ece(p, y, s, bins):
    return sum(w * abs(g) for w, g, *_ in gaps(p, y, s, bins)) / s.sum()


def debiased(p, y, s, bins):
    total = 0
    for w, g, share, n in gaps(p, y, s, bins):
        deviation = np.sqrt(share * (1 - share) / n)
        noise = 0 if deviation == 0 else stats.foldnorm.mean(abs(g) / deviation, scale=deviation) - abs(g)
        total += w * (abs(g) - noise)
    return max(0, total / s.sum())


def brier_parts(p, y, s):
    bins = mass_bins(p, s)
    total = s.sum()
    overall = np.average(y, weights=s)
    parts = dict(reliability=0, reliabilityDebiased=0, resolution=0, withinVariance=0, withinCovariance=0)
    for b in np.unique(bins):
        here = bins == b
        w, share = s[here], np.average(y[here], weights=s[here])
        mean = np.average(p[here], weights=w)
        part, n = w.sum() / total, w.sum() ** 2 / (w**2).sum()
        parts["reliability"] += part * (mean - share) ** 2
        noise = share * (1 - share) / (n - 1) if n > 1 else 0
        parts["reliabilityDebiased"] += part * ((mean - share) ** 2 - noise)
        parts["resolution"] += part * (share - overall) ** 2
        parts["withinVariance"] += part * np.average((p[here] - mean) ** 2, weights=w)
        parts["withinCovariance"] += 2 * part * np.average((p[here] - mean) * (y[here] - share), weights=w)
    return {**parts, "uncertainty": overall * (1 - overall)}


def spiegelhalter(P, y, s):
    """By enumeration of the labels that each row may have: Brier score, its mean and its variance."""
    n, k = P.shape
    scores = np.array([[((P[i] - np.eye(k)[c]) ** 2).sum() for c in range(k)] for i in range(n)])
    mean = (P * scores).sum(axis=1)
    variance = (P * scores**2).sum(axis=1) - mean**2
    z = (s * (scores[np.arange(n), y] - mean)).sum() / np.sqrt((s**2 * variance).sum())
    return {"z": z, "pValue": 2 * stats.norm.sf(abs(z))}


def measure(Z, y, s):
    n, k = Z.shape
    P = softmax(Z)
    top = Z.argmax(axis=1)
    p, hit = P[np.arange(n), top], (top == y).astype(float)
    mass, width = mass_bins(p, s), width_bins(p)
    of_classes = [1] if k == 2 else range(k)
    parts = [brier_parts(P[:, c], (y == c).astype(float), s) for c in of_classes]
    plain = bool((s == 1).all())
    curve = calibration.calibration_curve(hit, p, n_bins=BINS, strategy="uniform") if plain else None
    return {
        "ece": ece(p, hit, s, mass),
        "eceWidth": ece(p, hit, s, width),
        "eceDebiased": debiased(p, hit, s, mass),
        "mce": max(abs(g) for _, g, *_ in gaps(p, hit, s, mass)),
        "eceClasswise": np.mean([ece(P[:, c], y == c, s, mass_bins(P[:, c], s)) for c in range(k)]),
        "brier": {name: sum(part[name] for part in parts) for name in parts[0]},
        "brierScore": metrics.brier_score_loss(
            y if k > 2 else y == 1,
            P if k > 2 else P[:, 1],
            labels=list(range(k)) if k > 2 else None,
            sample_weight=s,
        ),
        "test": spiegelhalter(P, y, s),
        "widthCurve": curve and {"happened": curve[0].tolist(), "probability": curve[1].tolist()},
    }


cases = json.loads((FOLDER / "golden.json").read_text())["cases"]
expected = {
    name: measure(np.reshape(case["Z"], (-1, case["k"])), np.array(case["y"]), np.array(case["s"]))
    for name, case in cases.items()
}
golden = {
    "sklearn": sklearn.__version__,
    "scipy": scipy.__version__,
    "cases": expected,
}
(FOLDER / "calibration.golden.json").write_text(json.dumps(golden) + "\n")
