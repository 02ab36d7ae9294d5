"""What `softmax train` does on adult, done with scikit-learn: from gzip CSV to a model, honest numbers and a report.

Two encodings (lines; curves of ramps), five stratified folds, the same 30 penalties from 10 to 1e-6 times the largest mean square of
a column, each fit warm-started from the one before; a fold's path ends after four successive penalties more than one paired
standard error above its best. Curves replace lines where their out-of-fold loss is lower by more than one paired standard error.
Penalty, encoding and temperature are chosen again for each fold from the others; what ships uses all of them and one
refit. Penalty of LogisticRegression: C = 1/(penalty * rows). With --hold-out FILE the rows are judged that Softmax sets aside of so
many: FILE has an int32 a row, the part of the choices it belongs to, or -1 for a row that is trained on.

Settings: --solver lbfgs (on sparse one-hot; dense takes four times as long) or newton-cholesky (on dense, which it asks for); tol 1e-4,
scikit-learn's default, in folds and 1e-6 in the refit; max_iter 5000; encodings and folds on --jobs processes, one BLAS thread each.
With lbfgs the default tol leaves the folds' log loss 0.4 % above the converged one.

    python bench/tables/sklearn_adult.py adult.data.gz out-folder [--jobs 2] [--solver newton-cholesky] [--hold-out parts.i32]
"""

import argparse
import json
import os

parser = argparse.ArgumentParser()
parser.add_argument("data")
parser.add_argument("out")
parser.add_argument("--jobs", type=int, default=2)
parser.add_argument("--solver", default="lbfgs", choices=["lbfgs", "newton-cholesky"])
parser.add_argument("--hold-out")
options = parser.parse_args()
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import joblib  # noqa: E402
import numpy as np  # noqa: E402
from joblib import Parallel, delayed  # noqa: E402
from scipy.optimize import minimize_scalar  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.metrics import log_loss, roc_auc_score  # noqa: E402
from sklearn.model_selection import StratifiedKFold  # noqa: E402

from design import design, read_adult  # noqa: E402


def losses(z, y):
    return np.logaddexp(0, z) - y * z


def fold_path(X, y, train, judge, penalties, solver):
    """Held-out logits of one fold at every penalty tried, each fit warm-started from the one before."""
    model = LogisticRegression(warm_start=True, max_iter=5000, solver=solver)
    X_train, y_train, X_judge, y_judge = X[train], y[train], X[judge], y[judge]
    tried, best, worse = [], None, 0
    for penalty in penalties:
        model.set_params(C=1 / (penalty * len(y_train))).fit(X_train, y_train)
        tried.append(model.decision_function(X_judge))
        loss = losses(tried[-1], y_judge)
        if best is None or loss.mean() < best.mean():
            best, worse = loss, 0
            continue
        gap = loss - best
        worse = worse + 1 if gap.mean() > gap.std() / np.sqrt(len(gap)) else 0
        if worse == 4:
            break
    return tried


def run_paths(matrices, y, folds, grids, parallel):
    """For each matrix, held-out logits of every judged row at every penalty that all folds tried."""
    done = parallel(
        delayed(fold_path)(X, y, train, judge, grid, options.solver)
        for X, grid in zip(matrices, grids)
        for train, judge in folds
    )
    results = []
    for first in range(0, len(done), len(folds)):
        together = []
        for own in zip(*done[first : first + len(folds)]):
            z = np.zeros(len(y))
            for (_, judge), part in zip(folds, own):
                z[judge] = part
            together.append(z)
        results.append(together)
    return results


def split(y):
    """Folds to fit, and the parts whose choices are made on the other parts: the folds' judged rows, or cuts of one's."""
    if options.hold_out is None:
        cut = StratifiedKFold(5, shuffle=True, random_state=1)
        folds = list(cut.split(y, y))
        return folds, [judge for _, judge in folds]
    part = np.fromfile(options.hold_out, np.int32)
    assert len(part) == len(y)
    parts = [np.flatnonzero(part == of) for of in range(part.max() + 1)]
    return [(np.flatnonzero(part < 0), np.flatnonzero(part >= 0))], parts


def choose(lines, curves, y, rows):
    """The candidate (encoding, index) and temperature by the rows given."""
    best = []
    for tried in (lines, curves):
        means = [losses(z[rows], y[rows]).mean() for z in tried]
        best.append(int(np.argmin(means)))
    gain = losses(lines[best[0]][rows], y[rows]) - losses(curves[best[1]][rows], y[rows])
    curved = int(gain.mean() > gain.std() / np.sqrt(len(gain)))
    z = (lines, curves)[curved][best[curved]]
    fitted = minimize_scalar(
        lambda t: losses(z[rows] * t, y[rows]).mean(), bounds=(0.2, 5), method="bounded"
    )
    before, after = losses(z[rows], y[rows]), losses(z[rows] * fitted.x, y[rows])
    better = (before - after).mean() > (before - after).std() / np.sqrt(len(before))
    return curved, best[curved], fitted.x if better else 1.0


def main():
    table, y = read_adult(options.data)
    folds, parts = split(y)
    judged = np.sort(np.concatenate(parts))
    matrices = [design(table, curves) for curves in (False, True)]
    if options.solver == "newton-cholesky":
        matrices = [X.toarray() for X in matrices]
    grids = []
    for X in matrices:
        square = X * X if isinstance(X, np.ndarray) else X.multiply(X)
        grids.append(np.geomspace(10, 1e-6, 30) * square.mean(axis=0).max())
    with Parallel(n_jobs=options.jobs) as parallel:
        results = run_paths(matrices, y, folds, grids, parallel)
    lines, curves = results
    honest = np.zeros(len(y))
    for part in parts:
        curved, at, scale = choose(lines, curves, y, np.setdiff1d(judged, part))
        honest[part] = results[curved][at][part] * scale
    curved, at, scale = choose(lines, curves, y, judged)
    strength = 1 / (grids[curved][at] * len(y))
    model = LogisticRegression(C=strength, max_iter=5000, tol=1e-6, solver=options.solver)
    model.fit(matrices[curved], y)
    report = {
        "encoding": ["lines", "curves"][curved],
        "penalty": grids[curved][at],
        "penaltiesTried": [len(lines), len(curves)],
        "columns": [X.shape[1] for X in matrices],
        "logLoss": log_loss(y[judged], 1 / (1 + np.exp(-honest[judged]))),
        "accuracy": float(np.mean((honest[judged] > 0) == y[judged])),
        "auc": roc_auc_score(y[judged], honest[judged]),
    }
    os.makedirs(options.out, exist_ok=True)
    joblib.dump({"model": model, "scale": scale}, os.path.join(options.out, "model.joblib"))
    with open(os.path.join(options.out, "report.json"), "w", encoding="utf-8") as file:
        json.dump(report, file)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
