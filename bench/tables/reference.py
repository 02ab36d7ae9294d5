"""scikit-learn's reference on the folds that Softmax used, into reference.json.

Median imputation and standard scaling of numeric columns, one-hot of the others (a missing value is a level of its own),
multinomial LogisticRegression(C=1, lbfgs). Every step is fitted on the training rows of each fold alone.

A run file of ours.mjs (.cache/tables/ours-*.json) gives the fold of each row, one digit a row in file order; "-" marks rows
that are only trained on. Sets with test rows are fitted once on the training file and scored once on the test file.
Results whose folds have not changed are kept; --fresh computes all again.

    python bench/tables/reference.py [--fresh]
"""

import glob
import hashlib
import io
import json
import os
import sys
import warnings

import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.path.join(HERE, "../../.cache/tables/")
DATA = os.path.join(HERE, "../../../shared/data/")
RESULTS = os.path.join(HERE, "reference.json")


def read(set_, path):
    """The features and the labels (as text) of a table."""
    if path.endswith(".arff"):
        table = read_arff(path)
    else:
        table = pd.read_csv(
            path,
            sep=set_.get("separator", ","),
            header=None if set_.get("header") == "no" else "infer",
            comment=set_.get("comment"),
            lineterminator=set_.get("lineEnd"),
            keep_default_na=False,
            na_values=["", set_.get("missing", "")],
            engine="python" if set_.get("separator") == ", " else "c",
        )
    target = set_["target"]
    name = table.columns[target - 1 if isinstance(target, int) and target > 0 else target] if isinstance(target, int) else target
    y = table.pop(name).astype(str)
    return table.drop(columns=set_.get("ignore", [])), y.to_numpy()


def read_arff(path):
    with open(path, encoding="utf-8") as file:
        lines = [line.strip() for line in file if line.strip() and not line.startswith("%")]
    names = [line.split()[1] for line in lines if line.lower().startswith("@attribute")]
    rows = "\n".join(line for line in lines if not line.startswith("@"))
    return pd.read_csv(io.StringIO(rows), names=names, skipinitialspace=True, dtype=str)


def pipeline():
    numeric = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    levels = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="missing"),
        OneHotEncoder(handle_unknown="ignore"),
    )
    columns = make_column_transformer(
        (numeric, make_column_selector(dtype_include="number")),
        (levels, make_column_selector(dtype_exclude="number")),
    )
    return make_pipeline(columns, LogisticRegression(C=1.0, solver="lbfgs", max_iter=1000))


def as_objects(X):
    """Text columns as plain objects with None for missing, which the imputer asks for."""
    X = X.copy()
    for name in X.select_dtypes(exclude="number"):
        X[name] = X[name].astype(object).where(X[name].notna(), None)
        X[name] = X[name].map(lambda value: np.nan if value is None else str(value))
    X.columns = [str(name) for name in X.columns]
    return X


def probabilities(model, X, classes):
    """One column for each of `classes`; those that the training rows lacked get 1e-12."""
    P = np.full((len(X), len(classes)), 1e-12)
    P[:, np.searchsorted(classes, model[-1].classes_)] = model.predict_proba(X)
    return P / P.sum(axis=1, keepdims=True)


def measure(y, P, classes):
    label = np.searchsorted(classes, y)
    top = P.argmax(axis=1)
    result = {
        "logLoss": log_loss(label, P, labels=np.arange(len(classes))),
        "accuracy": float(np.mean(top == label)),
        "macroF1": f1_score(label, top, average="macro"),
        "ece": calibration_error(P.max(axis=1), top == label),
    }
    if len(classes) == 2:
        result["auc"] = roc_auc_score(label, P[:, 1])
    return {name: round(float(value), 6) for name, value in result.items()}


def calibration_error(confidence, hit, bins=15):
    """Top-class confidence in bins of equal mass: sum of |mean confidence - accuracy| weighted by the bin's share."""
    order = np.argsort(confidence, kind="stable")
    gaps = [abs(confidence[rows].sum() - hit[rows].sum()) for rows in np.array_split(order, bins)]
    return sum(gaps) / len(hit)


def on_folds(set_, folds):
    X, y = read(set_, DATA + set_["file"])
    X = as_objects(X)
    if len(folds) != len(y):
        raise SystemExit(f"{set_['name']}: {len(folds)} rows in the folds, {len(y)} in the file")
    fold = np.array([-1 if c == "-" else int(c) for c in folds])
    classes = np.unique(y)
    splits = [(fold != f, fold == f) for f in range(fold.max() + 1)]
    if (fold < 0).any():
        splits = [(fold < 0, fold >= 0)]
    P = np.full((len(y), len(classes)), np.nan)
    for train, judge in splits:
        model = pipeline().fit(X[train], y[train])
        P[judge] = probabilities(model, X[judge], classes)
    judged = ~np.isnan(P[:, 0])
    return measure(y[judged], P[judged], classes)


def on_test(set_):
    train, test = CACHE + set_["name"] + "-train.csv", CACHE + set_["name"] + "-test.csv"
    X, y = read(set_, train if os.path.exists(train) else DATA + set_["file"])
    X_test, y_test = read(set_, test)
    model = pipeline().fit(as_objects(X), y)
    classes = np.unique(y)
    return measure(y_test, probabilities(model, as_objects(X_test), classes), classes)


def load_results(fresh):
    if fresh or not os.path.exists(RESULTS):
        return {}
    with open(RESULTS, encoding="utf-8") as file:
        kept = json.load(file)
    return kept["results"] if kept["scikitLearn"] == sklearn.__version__ else {}


def save_results(results):
    lines = [f"    {json.dumps(key)}: {json.dumps(results[key])}" for key in sorted(results)]
    with open(RESULTS, "w", encoding="utf-8") as file:
        file.write(f'{{\n  "scikitLearn": "{sklearn.__version__}",\n  "results": {{\n')
        file.write(",\n".join(lines) + "\n  }\n}\n")


def main():
    warnings.filterwarnings("ignore")
    with open(os.path.join(HERE, "sets.json"), encoding="utf-8") as file:
        sets = {set_["name"]: set_ for set_ in json.load(file)}
    results = load_results("--fresh" in sys.argv)
    for path in sorted(glob.glob(CACHE + "ours-*.json")):
        with open(path, encoding="utf-8") as file:
            run = json.load(file)
        set_ = sets[run["set"]]
        if set_.get("reference") is False or (run["linear"] and set_["split"] != "folds"):
            continue
        tested = set_["split"] != "folds"
        key = run["set"] if tested else f"{run['set']} {run['seed']}"
        folds = "test" if tested else hashlib.sha256(run["folds"].encode()).hexdigest()[:16]
        if results.get(key, {}).get("folds") == folds:
            continue
        results[key] = {"folds": folds, **(on_test(set_) if tested else on_folds(set_, run["folds"]))}
        print(key, results[key], flush=True)
        save_results(results)


if __name__ == "__main__":
    main()
