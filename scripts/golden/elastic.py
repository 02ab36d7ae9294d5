"""Golden optima with an L1 part: packages/core/test/model/elastic.golden.json.

Needs numpy and scikit-learn >= 1.8. Run from the root, beside the shared data: python scripts/golden/elastic.py
For each set, columns scaled to mean 0 and deviation 1: scikit-learn's saga at tol 1e-10; the objective

    mean log loss + l1 sum |W| + l2 / 2 sum W^2

is recomputed at its weights. Two classes have one logit. Also the number of weights that are not 0.
"""

import json
import pathlib
import warnings

import numpy as np
import sklearn
from objectives_data import read
from sklearn.linear_model import LogisticRegression

warnings.filterwarnings("ignore")
CASES = {
    "iris": [(0.05, 0), (0.005, 0), (0.01, 0.02)],
    "penguins": [(0.02, 0), (0.005, 0.005)],
    "wine": [(0.05, 0), (0.01, 0), (0.005, 0.02)],
    "wdbc": [(0.05, 0), (0.005, 0), (0.01, 0.03)],
    "digits": [(0.02, 0), (0.01, 0.01)],
}


def objective(X, y, W, b, l1, l2):
    Z = X @ W.T + b
    if len(W) == 1:
        Z = np.hstack([np.zeros_like(Z), Z])
    top = Z.max(axis=1)
    loss = top + np.log(np.exp(Z - top[:, None]).sum(axis=1)) - Z[np.arange(len(y)), y]
    return loss.mean() + l1 * np.abs(W).sum() + l2 / 2 * (W**2).sum()


golden = []
for name, cases in CASES.items():
    X, y = read(name)
    X = (X - X.mean(axis=0)) / np.where(X.std(axis=0) > 0, X.std(axis=0), 1)
    for l1, l2 in cases:
        model = LogisticRegression(
            C=1 / ((l1 + l2) * len(y)), l1_ratio=l1 / (l1 + l2), solver="saga", tol=1e-10, max_iter=1_000_000, random_state=0
        ).fit(X, y)
        value = objective(X, y, model.coef_, model.intercept_, l1, l2)
        used = int((model.coef_ != 0).sum())
        golden.append({"set": name, "l1": l1, "l2": l2, "objective": float(value), "nonzero": used})
        print(golden[-1], flush=True)
text = json.dumps({"sklearn": sklearn.__version__, "optima": golden}, indent=1)
pathlib.Path("packages/core/test/model/elastic.golden.json").write_text(text + "\n")
