"""scikit-learn's mean cost on german-credit, on the folds of german.mjs.

Median imputation and scaling of numeric columns, one-hot of the others, LogisticRegression(C=1), every step fitted on the
training rows of each fold; the class of least expected cost by its probabilities.

    python bench/decisions/german.py german.csv runs.json results.json
"""

import json
import sys
import warnings

import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

COSTS = np.array([[0, 1], [5, 0]])  # row: true good (1), bad (2); column: decided


def main(data, runs, results):
    warnings.filterwarnings("ignore")
    table = pd.read_csv(data, header=None)
    y = (table.pop(table.columns[-1]) == 2).astype(int).to_numpy()
    table.columns = [str(name) for name in table.columns]
    with open(runs, encoding="utf-8") as file:
        found = json.load(file)
    out = []
    for run in found:
        fold = np.array(run["folds"])
        P = np.empty((len(y), 2))
        for f in np.unique(fold):
            model = make_pipeline(
                make_column_transformer(
                    (StandardScaler(), make_column_selector(dtype_include=np.number)),
                    (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude=np.number)),
                ),
                LogisticRegression(C=1, max_iter=5000),
            )
            P[fold == f] = model.fit(table[fold != f], y[fold != f]).predict_proba(table[fold == f])
        decided = (P @ COSTS).argmin(1)
        cost = float(COSTS[y, decided].mean())
        print(f"scikit-learn seed {run['seed']}: {cost:.3f}", flush=True)
        out.append({"seed": run["seed"], "cost": cost, "folds": "".join(str(f) for f in fold)})
    with open(results, "w", encoding="utf-8") as file:
        json.dump({"scikitLearn": sklearn.__version__, "results": out}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
