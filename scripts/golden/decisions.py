"""Writes packages/core/test/decide/decisions.golden.json: decisions and prediction sets by scikit-learn and numpy.

    python scripts/golden/decisions.py

Two samples of probabilities (2 and 4 classes) with labels drawn from them. Expected numbers:
  thresholds: the best F1, recall at precision and precision at recall of class 1, by scikit-learn's precision_recall_curve;
  costs: the class of least expected cost, by numpy;
  risk: the area below the risk-coverage curve of argmax, by its definition;
  sets: quantiles and sets of LAC, APS and RAPS from the first half for the second, after the code that goes with
  Angelopoulos & Bates 2021, "A Gentle Introduction to Conformal Prediction", with the mass before a class as its score.
"""

import json
import os

import numpy as np
import sklearn
from sklearn.metrics import f1_score, precision_recall_curve

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../packages/core/test/decide/decisions.golden.json")


def sample(n, k, seed):
    rng = np.random.default_rng(seed)
    Z = rng.normal(0, 1.5, (n, k))
    P = np.exp(Z) / np.exp(Z).sum(1, keepdims=True)
    P = np.round(P, 6)
    P[:, -1] = 1 - P[:, :-1].sum(1)
    y = np.array([np.searchsorted(np.cumsum(p), rng.random()) for p in P])
    return P, np.minimum(y, k - 1)


def thresholds(P, y):
    own = (y == 1).astype(int)
    precision, recall, cuts = precision_recall_curve(own, P[:, 1])
    precision, recall = precision[:-1], recall[:-1]
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-300)
    best = float(f1.max())
    assert abs(best - f1_score(own, P[:, 1] >= cuts[f1.argmax()])) < 1e-12
    return {
        "f1": best,
        "recallAtPrecision": [0.7, float(recall[precision >= 0.7].max())],
        "precisionAtRecall": [0.9, float(precision[recall >= 0.9].max())],
    }


def area(P, y):
    order = np.argsort(-P.max(1), kind="stable")
    wrong = (P.argmax(1) != y)[order]
    return float((np.cumsum(wrong) / np.arange(1, len(y) + 1)).mean())


def scores(P, method, penalty=0.1, rank=2):
    if method == "lac":
        return 1 - P
    order = np.argsort(-P, axis=1, kind="stable")
    mass = np.take_along_axis(P, order, 1)
    before = mass.cumsum(1) - mass
    if method == "raps":
        before = before + penalty * np.maximum(0, np.arange(1, P.shape[1] + 1) - rank)
    return np.take_along_axis(before, order.argsort(1), 1)


def sets(P, y, method, alpha):
    half = len(y) // 2
    own = scores(P[:half], method)[np.arange(half), y[:half]]
    level = np.ceil((half + 1) * (1 - alpha)) / half
    # Their code says method="higher", which is one place too far; the paper's quantile is the empirical one.
    q = float(np.quantile(own, level - 1e-9, method="inverted_cdf"))
    inside = scores(P[half:], method) <= q
    inside[np.arange(len(inside)), P[half:].argmax(1)] = True
    return {"method": method, "alpha": alpha, "quantile": q, "sets": ["".join(str(int(v)) for v in row) for row in inside]}


def case(n, k, seed):
    P, y = sample(n, k, seed)
    rng = np.random.default_rng(seed + 1)
    costs = np.round(rng.uniform(0, 9, (k, k)), 3)
    np.fill_diagonal(costs, 0)
    return {
        "k": k,
        "P": P.ravel().tolist(),
        "y": y.tolist(),
        "thresholds": thresholds(P, y),
        "costs": costs.ravel().tolist(),
        "leastCost": (P @ costs).argmin(1).tolist(),
        "area": area(P, y),
        "sets": [sets(P, y, method, alpha) for method in ("lac", "aps", "raps") for alpha in (0.1, 0.25)],
    }


def main():
    golden = {"scikitLearn": sklearn.__version__, "numpy": np.__version__, "cases": [case(120, 2, 1), case(160, 4, 2)]}
    with open(OUT, "w", encoding="utf-8") as file:
        json.dump(golden, file)
        file.write("\n")


if __name__ == "__main__":
    main()
