"""Golden values of the metrics: packages/core/test/measure/golden.json.

Needs numpy and scikit-learn >= 1.8. Run from the root: python scripts/golden/metrics.py
All but the calibration errors come from scikit-learn; those are computed here from their definition (docs/math.md).
"""

import json
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn import metrics

warnings.filterwarnings("ignore")
BINS = 15


def softmax(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def mass_error(p, hit, s):
    """Sum over bins of equal weight of |sum of s (hit - p)|, equal p kept in one bin, over the total weight."""
    total = s.sum()
    gaps = np.zeros(BINS)
    for value in np.unique(p):
        here = p == value
        middle = s[p < value].sum() + s[here].sum() / 2
        gaps[min(BINS - 1, int(BINS * middle / total))] += (s * (hit - p))[here].sum()
    return np.abs(gaps).sum() / total


def measure(Z, y, s):
    n, k = Z.shape
    P = softmax(Z)
    labels = np.arange(k)
    top = Z.argmax(axis=1)
    w = dict(sample_weight=s)
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        y, top, labels=labels, zero_division=0, **w
    )
    areas = [
        metrics.roc_auc_score(y == c, P[:, c], **w) if 0 < (y == c).sum() < n else None
        for c in labels
    ]
    known = [area for area in areas if area is not None]
    one_hot = (y[:, None] == labels).astype(float)
    return {
        "logLoss": metrics.log_loss(y, P, labels=labels, **w),
        "accuracy": metrics.accuracy_score(y, top, **w),
        "balancedAccuracy": metrics.balanced_accuracy_score(y, top, **w),
        "macroF1": metrics.f1_score(y, top, average="macro", zero_division=0, **w),
        "auc": float(np.mean(known)) if known else None,
        "brier": metrics.brier_score_loss(
            y if k > 2 else y == 1, P if k > 2 else P[:, 1], labels=labels if k > 2 else None, **w
        ),
        "confusion": metrics.confusion_matrix(y, top, labels=labels, **w).tolist(),
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "f1": f1.tolist(),
        "areas": areas,
        "ece": mass_error(P.max(axis=1), (top == y).astype(float), s),
        "eceClasswise": float(
            np.mean([mass_error(P[:, c], one_hot[:, c], s) for c in labels])
        ),
    }


def sample(rng, n, k, spread, decimals, weighted, absent=()):
    Z = np.round(rng.normal(0, spread, (n, k)), decimals)
    if k == 2:
        Z[:, 0] = 0
    y = np.array([rng.choice(k, p=row) for row in softmax(0.6 * Z)])
    y[np.isin(y, absent)] = 0
    s = rng.integers(1, 5, n) / 2 if weighted else np.ones(n)
    return Z, y, s


def main():
    rng = np.random.default_rng(20240611)
    cases = {
        "two classes, tied logits": sample(rng, 150, 2, 1.5, 0, False),
        "two classes, weights": sample(rng, 150, 2, 3, 3, True),
        "three classes": sample(rng, 120, 3, 2, 3, False),
        "seven classes, weights": sample(rng, 100, 7, 2, 3, True),
        "five classes, one without rows": sample(rng, 80, 5, 1, 3, False, (2,)),
        "large logits": sample(rng, 60, 3, 12, 1, False),
    }
    out = {
        name: {
            "k": Z.shape[1],
            "Z": Z.ravel().tolist(),
            "y": y.tolist(),
            "s": s.tolist(),
            "expected": measure(Z, y, s),
        }
        for name, (Z, y, s) in cases.items()
    }
    root = pathlib.Path(__file__).resolve().parents[2]
    path = root / "packages/core/test/measure/golden.json"
    path.write_text(json.dumps({"sklearn": sklearn.__version__, "cases": out}) + "\n")


main()
