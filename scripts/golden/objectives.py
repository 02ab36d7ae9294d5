"""Golden optima: packages/core/test/model/objectives.golden.json.

Needs numpy and scikit-learn >= 1.8. Run from the root, beside the shared data: python scripts/golden/objectives.py
For each set and C: scikit-learn's logistic regression at tol 1e-12 on the columns as they are, and on the columns
scaled to deviation 1; the objective mean log loss + ||W||^2 / (2 C n) is recomputed at its weights.
"""

import json
import pathlib
import warnings

import numpy as np
import sklearn
from objectives_data import SETS, read
from sklearn.linear_model import LogisticRegression

warnings.filterwarnings("ignore")


def objective(X, y, W, b, l2):
    Z = X @ W.T + b
    if len(W) == 1:
        Z = np.hstack([np.zeros_like(Z), Z])
    top = Z.max(axis=1)
    loss = top + np.log(np.exp(Z - top[:, None]).sum(axis=1)) - Z[np.arange(len(y)), y]
    return loss.mean() + l2 / 2 * (W**2).sum()


def solve(X, y, C):
    """The lower of two solvers' optima: on raw columns one may stop early. Newton's takes minutes on many weights."""
    found = []
    for solver in ("lbfgs", "newton-cholesky" if X.shape[1] < 50 else "newton-cg"):
        model = LogisticRegression(C=C, tol=1e-12, max_iter=100_000, solver=solver).fit(X, y)
        found.append(objective(X, y, model.coef_, model.intercept_, 1 / (C * len(y))))
    return float(min(found))


golden = []
for name in SETS:
    X, y = read(name)
    for scaled in (False, True):
        data = X / np.where(X.std(axis=0) > 0, X.std(axis=0), 1) if scaled else X
        for C in (1,) if name == "digits" else (1, 100):
            value = solve(data, y, C)
            golden.append({"set": name, "scaled": scaled, "C": C, "objective": value})
            print(golden[-1], flush=True)
text = json.dumps({"sklearn": sklearn.__version__, "optima": golden}, indent=1)
pathlib.Path("packages/core/test/model/objectives.golden.json").write_text(text + "\n")
