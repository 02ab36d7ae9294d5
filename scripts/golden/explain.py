"""Golden values of importance and partial dependence: packages/core/test/explain/explain.golden.json.

Needs numpy and scikit-learn >= 1.8. Run from the root: python scripts/golden/explain.py
The coefficient of the last column is set to 0 after the fit: a column that the model does not use.
"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LogisticRegression

REPEATS = 1000


def case(k, seed):
    random = np.random.default_rng(seed)
    n = 80
    X = np.round(random.normal(size=(n, 3)) * [1, 10, 0.1] + [0, 50, 2], 3)
    logits = np.stack([c * X[:, 0] + (c % 2) * (X[:, 1] - 50) / 8 for c in range(k)], axis=1)
    y = (logits + random.gumbel(size=(n, k))).argmax(axis=1)
    model = LogisticRegression(C=1, max_iter=10_000, tol=1e-10).fit(X, y)
    model.coef_[:, -1] = 0
    columns = []
    for j in range(3):
        curve = partial_dependence(
            model, X, [j], kind="both", method="brute", response_method="predict_proba", grid_resolution=9
        )
        one = np.asarray(curve["individual"])
        if k == 2:
            one = np.stack([1 - one[-1], one[-1]])
        columns.append(
            {
                "grid": curve["grid_values"][0].tolist(),
                "mean": one.mean(axis=1).T.tolist(),
                "low": np.quantile(one, 0.05, axis=1).T.tolist(),
                "high": np.quantile(one, 0.95, axis=1).T.tolist(),
            }
        )
    for name, scoring in (("logLoss", "neg_log_loss"), ("accuracy", "accuracy")):
        drawn = permutation_importance(model, X, y, scoring=scoring, n_repeats=REPEATS, random_state=seed)
        for j, column in enumerate(columns):
            column[name] = {
                "mean": drawn.importances_mean[j],
                "error": drawn.importances_std[j] / np.sqrt(REPEATS),
            }
    return {
        "classes": k,
        "X": X.tolist(),
        "y": y.tolist(),
        "coefficients": model.coef_.tolist(),
        "intercepts": model.intercept_.tolist(),
        "columns": columns,
    }


if __name__ == "__main__":
    root = pathlib.Path(__file__).parents[2]
    golden = {"sklearn": sklearn.__version__, "cases": [case(2, 1), case(3, 2)]}
    path = root / "packages/core/test/explain/explain.golden.json"
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
