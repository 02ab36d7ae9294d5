"""How numeric columns should bend: variants of the encoding by 5-fold cross-validation on training rows only.

Prints, for each variant and set, the columns of the design and the out-of-fold log loss at the best of 12 penalties from 1 to
1e-6 times the largest mean square; writes the table between the marks of docs/results.md. No test row is read.

    python bench/tables/curves.py [set ...]
"""

import json
import os
import sys
import warnings

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import numpy as np  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.model_selection import StratifiedKFold  # noqa: E402

from design import design  # noqa: E402
from reference import DATA, HERE, read  # noqa: E402

SETS = ["adult", "bank-full", "credit-default", "german", "wdbc"]
NO_TAILS = {"tails": ()}
VARIANTS = {
    "lines": {"curves": False},
    "**ramps and line, 15 knots and 0.98, 0.995** (taken)": {},
    "the same with centred ramps (the same model)": {"basis": "centred ramps"},
    "5 knots": {"knots": 5},
    "10 knots": {"knots": 10},
    "20 knots": {"knots": 20},
    "without the knots at 0.98 and 0.995": NO_TAILS,
    "without the line": {"line": False},
    "knots of all values, none frequent": {"frequent": 1.0},
    "frequent from 5 %": {"frequent": 0.05},
    "quantile knots for small integers too": {"every": 0},
    "hinges instead of ramps": {"basis": "hinges"},
    "hats instead of ramps": {"basis": "hats"},
    "bins instead of ramps": {"basis": "bins"},
}


def out_of_fold_loss(X, y):
    penalties = np.geomspace(1, 1e-6, 12) * (X * X).mean(axis=0).max()
    total = np.zeros(len(penalties))
    for train, judge in StratifiedKFold(5, shuffle=True, random_state=1).split(X, y):
        model = LogisticRegression(warm_start=True, solver="newton-cholesky", tol=1e-5)
        X_train, X_judge = X[train], X[judge]
        for at, penalty in enumerate(penalties):
            model.set_params(C=1 / (penalty * len(train))).fit(X_train, y[train])
            z = model.decision_function(X_judge)
            total[at] += (np.logaddexp(0, z) - y[judge] * z).sum()
    return total.min() / len(y)


def load(name):
    with open(os.path.join(HERE, "sets.json"), encoding="utf-8") as file:
        set_ = next(s for s in json.load(file) if s["name"] == name)
    table, labels = read(set_, DATA + set_["file"])
    return table, np.unique(labels, return_inverse=True)[1]


def write(text):
    path = os.path.join(HERE, "../../docs/results.md")
    with open(path, encoding="utf-8") as file:
        page = file.read()
    start, end = page.index("<!-- curves -->") + 15, page.index("<!-- /curves -->")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{page[:start]}\n\n{text}\n\n{page[end:]}")


def main():
    warnings.filterwarnings("ignore")
    names = sys.argv[1:] or SETS
    tables = {name: load(name) for name in names}
    rows = ["| encoding | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for variant, options in VARIANTS.items():
        cells = []
        for name in names:
            table, y = tables[name]
            X = design(table, **{"curves": True, **options}).toarray().astype(np.float32)
            cells.append(f"{out_of_fold_loss(X, y):.4f} ({X.shape[1]})")
        rows.append(f"| {variant} | " + " | ".join(cells) + " |")
        print(rows[-1], flush=True)
    if names == SETS:
        write("\n".join(rows) + "\n\nIn brackets: columns of the design.")


if __name__ == "__main__":
    main()
