"""scikit-learn's MLPClassifier on the rows of bench/hidden/run.mjs: python sklearn_mlp.py FOLDER.

FOLDER holds meta.json {rows, testRows, width, units, activation, epochs, folds}, X.f32 (encoded), y.i32 and, where there are test
rows, test-X.f32 and test-y.i32. Prints {"seconds" of processor time, "accuracy", "logLoss"} as JSON: of the test rows, else out of fold.
"""
import json
import sys
import time

import numpy as np
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neural_network import MLPClassifier

folder = sys.argv[1]
meta = json.load(open(f"{folder}/meta.json"))


def read(prefix, rows):
    X = np.fromfile(f"{folder}/{prefix}X.f32", dtype="<f4").reshape(rows, meta["width"])
    return X, np.fromfile(f"{folder}/{prefix}y.i32", dtype="<i4")


model = MLPClassifier(
    random_state=1,
    hidden_layer_sizes=tuple(meta["units"]),
    activation=meta["activation"],
    max_iter=meta["epochs"],
)
X, y = read("", meta["rows"])
start = time.process_time()
if meta["testRows"] > 0:
    model.fit(X, y)
    seconds = time.process_time() - start
    X, y = read("test-", meta["testRows"])
    P = model.predict_proba(X)
else:
    folds = StratifiedKFold(meta["folds"], shuffle=True, random_state=1)
    P = cross_val_predict(model, X, y, cv=folds, method="predict_proba")
    seconds = time.process_time() - start
classes = np.unique(y)
print(
    json.dumps(
        {
            "seconds": seconds,
            "accuracy": accuracy_score(y, classes[P.argmax(axis=1)]),
            "logLoss": log_loss(y, P, labels=classes),
        }
    )
)
