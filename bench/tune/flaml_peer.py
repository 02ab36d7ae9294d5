"""FLAML on the rows of a folder for so many seconds: prints the log loss of each judged row as JSON.

    python flaml_peer.py FOLDER SECONDS

learned.json and judged.json hold the columns. A column is numeric where all of its cells are numbers or missing, else categorical.
Probabilities are bounded below by 1e-15, as log losses of certain errors would be infinite.
"""

import json
import sys
import time

import numpy as np
import pandas as pd
from flaml import AutoML, __version__


def read(path):
    with open(path, encoding="utf8") as file:
        told = json.load(file)
    return pd.DataFrame(dict(told["columns"])), told["target"]


def numeric(column):
    return pd.to_numeric(column.replace("?", None), errors="coerce")


folder, seconds = sys.argv[1], float(sys.argv[2])
learned, target = read(f"{folder}/learned.json")
judged, _ = read(f"{folder}/judged.json")
for name in learned.columns:
    if name == target:
        continue
    known = learned[name].replace("?", None).notna()
    if numeric(learned[name])[known].notna().all():
        learned[name], judged[name] = numeric(learned[name]), numeric(judged[name])
    else:
        levels = pd.CategoricalDtype(sorted(learned[name].dropna().astype(str).unique()))
        for frame in (learned, judged):
            frame[name] = frame[name].astype(str).astype(levels)

X, y = learned.drop(columns=[target]), learned[target].astype(str)
start = time.monotonic()
automl = AutoML()
automl.fit(
    X,
    y,
    task="classification",
    metric="log_loss",
    time_budget=seconds,
    estimator_list=["lgbm", "rf", "extra_tree", "lrl1"],
    seed=1,
    n_jobs=-1,
    verbose=0,
)
took = time.monotonic() - start
P = automl.predict_proba(judged.drop(columns=[target]))
place = {label: c for c, label in enumerate(automl.classes_)}
truth = judged[target].astype(str)
p = np.array([P[i, place[label]] if label in place else 0.0 for i, label in enumerate(truth)])
losses = -np.log(np.maximum(p, 1e-15))
print(
    json.dumps(
        {
            "losses": losses.tolist(),
            "seconds": took,
            "best": automl.best_estimator,
            "version": __version__,
        }
    )
)
