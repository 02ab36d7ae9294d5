"""Golden values of the calibrators: packages/core/test/calibrate/golden.json.

Needs numpy, scipy and scikit-learn >= 1.8. Run from the root: python scripts/golden/calibrators.py
Isotonic regression and the temperature come from scikit-learn; vector, Dirichlet and beta calibration are minimised by
scipy's trust-exact and L-BFGS-B from their objectives as docs/math.md states them; histograms follow from their definition.
"""

import json
import pathlib

import numpy as np
import scipy
import sklearn
from scipy.optimize import minimize
from scipy.special import log_softmax, logsumexp
from sklearn.calibration import _TemperatureScaling
from sklearn.isotonic import IsotonicRegression

FLOOR = -52 * np.log(2)
SCALE, CROSS, SHIFT = 1.0, 100.0, 1.0


def sample(seed, n, k, weighted, distort):
    """Labels of softmax(true); the logits given are a distortion of true."""
    rng = np.random.default_rng(seed)
    true = 1.5 * rng.normal(size=(n, k))
    P = np.exp(log_softmax(true, axis=1))
    y = np.array([rng.choice(k, p=p) for p in P])
    s = np.round(rng.uniform(size=n), 6) * (rng.uniform(size=n) > 0.2) if weighted else np.ones(n)
    return np.round(distort(true, rng), 6), y, s


def unit_weights(s):
    return s * (s > 0).sum() / s.sum()


def features(Z):
    """log p and log(1 − p), floored."""
    L = log_softmax(Z, axis=1)
    rest = np.stack([logsumexp(np.delete(Z, c, axis=1), axis=1) for c in range(Z.shape[1])], axis=1)
    R = rest - logsumexp(Z, axis=1, keepdims=True)
    return np.maximum(L, FLOOR), np.maximum(R, FLOOR)


def trust(value, gradient, hessian, x0):
    found = minimize(value, x0, jac=gradient, hess=hessian, method="trust-exact", options=dict(gtol=1e-12, maxiter=1000))
    x = found.x
    for _ in range(3):  # the last digits
        x = x - np.linalg.solve(hessian(x), gradient(x))
    assert np.abs(gradient(x)).max() < 1e-12, np.abs(gradient(x)).max()
    return x, value(x)


def linear_map(F, y, s, free, penalties, identity):
    """min of mean loss + penalties/(2N) |X - identity|^2 over the free entries of X, k x width; logits F X^T."""
    n, width = F.shape
    k = identity.shape[0]
    w = unit_weights(s)
    N = (s > 0).sum()
    at = np.argwhere(free)

    def full(x):
        X = identity.copy()
        X[free] += x
        return X

    def value(x):
        L = log_softmax(F @ full(x).T, axis=1)
        return (-(w * L[np.arange(n), y]).sum() + (penalties[free] * x * x).sum() / 2) / N

    def gradient(x):
        P = np.exp(log_softmax(F @ full(x).T, axis=1))
        G = (w[:, None] * (P - np.eye(k)[y])).T @ F
        return (G[free] + penalties[free] * x) / N

    def hessian(x):
        P = np.exp(log_softmax(F @ full(x).T, axis=1))
        H = np.empty((len(at), len(at)))
        for a, (c, j) in enumerate(at):
            for b, (d, m) in enumerate(at):
                H[a, b] = (w * P[:, c] * ((c == d) - P[:, d]) * F[:, j] * F[:, m]).sum()
        return (H + np.diag(penalties[free])) / N

    x, least = trust(value, gradient, hessian, np.zeros(len(at)))
    return full(x), least


def vector(Z, y, s):
    n, k = Z.shape
    F = np.hstack([Z - Z.mean(axis=1, keepdims=True), np.ones((n, 1))])
    free = np.hstack([np.eye(k, dtype=bool), np.ones((k, 1), bool)])
    free[0, k] = False
    penalties = np.hstack([SCALE * np.ones((k, k)), np.zeros((k, 1))])
    X, least = linear_map(F, y, s, free, penalties, np.eye(k, k + 1))
    return {"scales": np.diag(X).tolist(), "shifts": (X[:, k] - X[:, k].mean()).tolist(), "objective": least}


def dirichlet(Z, y, s):
    n, k = Z.shape
    F = np.hstack([features(Z)[0], np.ones((n, 1))])
    free = np.ones((k, k + 1), bool)
    penalties = np.full((k, k + 1), CROSS)
    penalties[np.arange(k), np.arange(k)] = SCALE
    penalties[:, k] = SHIFT
    X, least = linear_map(F, y, s, free, penalties, np.eye(k, k + 1))
    return {"weights": X[:, :k].ravel().tolist(), "shifts": X[:, k].tolist(), "objective": least}


def beta(Z, y, s):
    L, R = features(Z)
    w = unit_weights(s)
    N = (s > 0).sum()
    found = []
    for c in [1] if Z.shape[1] == 2 else range(Z.shape[1]):
        F = np.stack([L[:, c], -R[:, c], np.ones(len(y))], axis=1)
        sign = np.where(y == c, 1, -1)

        def value(x):
            m = sign * (F @ x)
            loss = (w * np.logaddexp(0, -m)).sum() + SCALE * ((x[0] - 1) ** 2 + (x[1] - 1) ** 2) / 2
            G = F.T @ (-w * sign * scipy.special.expit(-m)) + SCALE * np.array([x[0] - 1, x[1] - 1, 0])
            return loss / N, G / N

        best = minimize(value, [1, 1, 0], jac=True, method="L-BFGS-B", bounds=[(0, None), (0, None), (None, None)],
                        options=dict(ftol=0, gtol=1e-13, maxiter=10000, maxls=100))
        found.append([*best.x, best.fun])
    return dict(zip(["a", "b", "c", "objective"], np.array(found).T.tolist()))


def isotonic(Z, y, s):
    """Of each class: scores, and scikit-learn's values at the rows and on a grid."""
    L, R = features(Z)
    used = s > 0
    curves = []
    for c in [1] if Z.shape[1] == 2 else range(Z.shape[1]):
        t = np.round(L[:, c] - R[:, c], 10)  # ties in Z are ties here
        fitted = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(t[used], (y == c)[used], s[used])
        grid = np.linspace(t.min() - 0.5, t.max() + 0.5, 60)
        curves.append({"rows": fitted.predict(t).tolist(), "grid": grid.tolist(), "values": fitted.predict(grid).tolist()})
    return curves


def histogram(Z, y, s):
    L, R = features(Z)
    w = unit_weights(s)
    used = s > 0
    bins = max(b for b in range(1, 16) if b**3 <= used.sum())
    curves = []
    for c in [1] if Z.shape[1] == 2 else range(Z.shape[1]):
        t = np.round(L[:, c] - R[:, c], 10)  # ties in Z are ties here
        before = np.array([w[used & (t < v)].sum() + w[used & (t == v)].sum() / 2 for v in t])
        own = np.minimum(bins - 1, np.floor(bins * before / w.sum())).astype(int)
        values = []
        for b in range(bins):
            here = used & (own == b)
            weight, hits = w[here].sum(), w[here & (y == c)].sum()
            if weight == 0:
                continue
            pure = hits == 0 or (y[here] == c).all()
            values.append((hits + 0.5) / (weight + 1) if pure else hits / weight)
        curves.append(values)
    return curves


def temperature(Z, y, s):
    fitted = _TemperatureScaling().fit(Z, y, s)
    return 1 / fitted.beta_


CASES = {
    "two": sample(1, 240, 2, False, lambda Z, r: 2.5 * Z + [0, 0.7]),
    "three, weighted": sample(2, 300, 3, True, lambda Z, r: 2 * Z * [1, 0.5, 1.5] + [0.5, 0, -0.5]),
    "ten": sample(3, 400, 10, False, lambda Z, r: 1.8 * Z + 0.3 * r.normal(size=Z.shape)),
    "two, against the labels": sample(4, 150, 2, False, lambda Z, r: -Z),
    "two, rounded": sample(5, 300, 2, True, lambda Z, r: np.round(2 * Z)),
}


def case(Z, y, s):
    k = Z.shape[1]
    return {
        "k": k,
        "Z": Z.ravel().tolist(),
        "y": y.tolist(),
        "s": s.tolist(),
        "temperature": temperature(Z, y, s),
        "vector": vector(Z, y, s),
        "dirichlet": dirichlet(Z, y, s),
        "beta": beta(Z, y, s),
        "isotonic": isotonic(Z, y, s),
        "histogram": histogram(Z, y, s),
    }


golden = {
    "made by": f"scripts/golden/calibrators.py, scikit-learn {sklearn.__version__}, scipy {scipy.__version__}",
    "cases": {name: case(*given) for name, given in CASES.items()},
}
path = pathlib.Path("packages/core/test/calibrate/golden.json")
path.write_text(json.dumps(golden) + "\n")
print(path.stat().st_size)
