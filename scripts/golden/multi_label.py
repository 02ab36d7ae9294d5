"""Writes packages/core/test/measure/multi-label.golden.json: metrics of sets of labels by scikit-learn.

    python scripts/golden/multi_label.py

Random rows with random labels, some of which no row has or gets; probabilities drawn apart from them. Expected numbers, with row
weights and without: Hamming loss, subset accuracy, micro- and macro-F1 (a label that is neither had nor given counts as 0), the mean
over labels of the log loss, and the same of labels by the training shares.
"""

import json
import os

import numpy as np
import sklearn
from sklearn.metrics import accuracy_score, f1_score, hamming_loss, log_loss

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../packages/core/test/measure/multi-label.golden.json")


def scores(truth, given, P, weights):
    n, L = truth.shape
    losses = [log_loss(truth[:, l], P[:, l], labels=[0, 1], sample_weight=weights) for l in range(L)]
    return {
        "hammingLoss": float(hamming_loss(truth, given, sample_weight=weights)),
        "exactMatch": float(accuracy_score(truth, given, sample_weight=weights)),
        "microF1": float(f1_score(truth, given, average="micro", zero_division=0, sample_weight=weights)),
        "macroF1": float(f1_score(truth, given, average="macro", zero_division=0, sample_weight=weights)),
        "perLabel": f1_score(truth, given, average=None, zero_division=0, sample_weight=weights).tolist(),
        "logLoss": float(np.mean(losses)),
    }


def case(n, L, seed):
    rng = np.random.default_rng(seed)
    shares = rng.uniform(0.02, 0.7, L)
    shares[0] = 0.8
    truth = (rng.random((n, L)) < shares).astype(int)
    logits = np.round(rng.normal(0, 1, (n, L)) + 2 * truth - 1, 4)
    P = 1 / (1 + np.exp(-logits))
    given = (P > 0.5).astype(int)
    if L > 2:
        truth[:, L - 1] = 0
        given[:, L - 1] = 0
    weights = np.round(rng.uniform(0.2, 3, n), 3)
    usual = np.tile((shares > 0.5).astype(int), (n, 1))
    base = np.tile(shares, (n, 1))
    return {
        "labels": L,
        "truth": truth.ravel().tolist(),
        "given": given.ravel().tolist(),
        "logits": logits.ravel().tolist(),
        "shares": shares.tolist(),
        "weights": weights.tolist(),
        "plain": scores(truth, given, P, None),
        "weighted": scores(truth, given, P, weights),
        "baseline": scores(truth, usual, base, weights),
    }


with open(OUT, "w") as out:
    cases = [case(60, 5, 1), case(40, 2, 2)]
    json.dump({"sklearn": sklearn.__version__, "cases": cases}, out)
    out.write("\n")
