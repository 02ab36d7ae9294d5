"""Golden values of inference: packages/core/test/infer/infer.golden.json.

Needs statsmodels 0.14, numpy, scipy, pandas. Run from the root, with the folder of the shared data where there is one:

    python scripts/golden/infer.py [../shared/data]

Coefficients, standard errors and tests come from statsmodels; average marginal effects of columns of several levels, which
statsmodels takes one indicator at a time, are computed here from their definition (docs/math.md §10.6), with exact derivatives by
complex steps. Clustered standard errors have the factor G/(G-1) and no other, as Stata's logit has.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

warnings.filterwarnings("ignore")
DATA = pathlib.Path("packages/softmax/data")


def design(table, columns):
    """Column of ones, numbers as they are, indicators against the first level; with the positions of each column."""
    blocks, positions, at = [np.ones(len(table))], {}, 1
    for name in columns:
        values = table[name]
        if values.dtype.kind in "if":
            blocks.append(values.to_numpy(float))
            positions[name] = [at]
        else:
            levels = sorted(values.unique())[1:]
            blocks += [(values == level).to_numpy(float) for level in levels]
            positions[name] = list(range(at, at + len(levels)))
        at += len(positions[name])
    return np.column_stack(blocks), positions


def fit(y, X, k, **options):
    model = sm.Logit(y, X) if k == 2 else sm.MNLogit(y, X)
    start = model.fit(method="newton", maxiter=100, tol=1e-14, disp=0).params
    return model.fit(start_params=np.asarray(start).ravel(order="F"), method="newton", maxiter=100, tol=1e-14, disp=0, **options)


def flat(values):
    """Equation by equation."""
    return np.asarray(values).ravel(order="F")


def probabilities(theta, X, k):
    Z = X @ theta.reshape(k - 1, -1).T
    E = np.exp(np.column_stack([np.zeros(len(X)), Z]))
    return E / E.sum(axis=1, keepdims=True)


def average_effects(theta, X, positions, numeric, k):
    """k numbers for each number, and for each level but the reference."""
    out = []
    for name, at in positions.items():
        if name in numeric:
            beta = np.concatenate([[0], theta.reshape(k - 1, -1)[:, at[0]]])
            P = probabilities(theta, X, k)
            out.append((P * (beta - (P @ beta)[:, None])).mean(axis=0))
            continue
        base = X.copy()
        base[:, at] = 0
        P0 = probabilities(theta, base, k)
        for j in at:
            moved = base.copy()
            moved[:, j] = 1
            out.append((probabilities(theta, moved, k) - P0).mean(axis=0))
    return np.concatenate(out)


def effects_with_errors(theta, V, X, positions, numeric, k):
    value = average_effects(theta, X, positions, numeric, k)
    slopes = np.empty((len(value), len(theta)))
    for j in range(len(theta)):
        moved = theta.astype(complex)
        moved[j] += 1e-30j
        slopes[:, j] = average_effects(moved, X, positions, numeric, k).imag / 1e-30
    return value, np.sqrt(np.einsum("ij,jk,ik->i", slopes, V, slopes))


def describe(y, table, X, positions, k, groups=None):
    numeric = [name for name in positions if table[name].dtype.kind in "if"]
    plain = fit(y, X, k)
    robust = fit(y, X, k, cov_type="HC0")
    V, p = np.asarray(plain.cov_params()), X.shape[1]
    theta = flat(plain.params)
    value, error = effects_with_errors(theta, V, X, positions, numeric, k)
    out = {
        "coefficients": theta,
        "standardErrors": flat(plain.bse),
        "z": flat(plain.tvalues),
        "p": flat(plain.pvalues),
        "robust": flat(robust.bse),
        "logLikelihood": plain.llf,
        "nullLogLikelihood": plain.llnull,
        "likelihoodRatio": plain.llr,
        "likelihoodRatioP": plain.llr_pvalue,
        "mcFadden": plain.prsquared,
        "aic": plain.aic,
        "bic": plain.bic,
        "effects": value,
        "effectErrors": error,
        "tests": {},
    }
    for name, at in positions.items():
        every = [a * p + j for a in range(k - 1) for j in at]
        without = fit(y, np.delete(X, at, axis=1), k)
        ratio = 2 * (plain.llf - without.llf)
        wald = theta[every] @ np.linalg.solve(V[np.ix_(every, every)], theta[every])
        VR = np.asarray(robust.cov_params())
        out["tests"][name] = {
            "df": len(every),
            "likelihoodRatio": ratio,
            "likelihoodRatioP": stats.chi2.sf(ratio, len(every)),
            "wald": wald,
            "robustWald": theta[every] @ np.linalg.solve(VR[np.ix_(every, every)], theta[every]),
        }
    if k == 2 and all(len(at) == 1 for at in positions.values()):
        margins = plain.get_margeff(dummy=True)
        assert np.allclose(margins.margeff, value.reshape(-1, 2)[:, 1], atol=1e-9)
        assert np.allclose(margins.margeff_se, error.reshape(-1, 2)[:, 1], atol=1e-8)
    if groups is not None:
        codes = pd.factorize(groups)[0]
        clustered = fit(y, X, k, cov_type="cluster", cov_kwds={"groups": codes, "use_correction": False})
        G = codes.max() + 1
        out["clusters"] = int(G)
        out["clustered"] = flat(clustered.bse) * np.sqrt(G / (G - 1))
    return out


def weighted_sandwich(y, X, s):
    """Maximum of the weighted likelihood, two classes, and its robust standard errors."""
    theta = np.zeros(X.shape[1])
    for _ in range(100):
        P = 1 / (1 + np.exp(-X @ theta))
        H = (X * (s * P * (1 - P))[:, None]).T @ X
        theta = theta + np.linalg.solve(H, X.T @ (s * (y - P)))
    scores = X * (s * (y - P))[:, None]
    C = np.linalg.inv(H)
    return theta, np.sqrt(np.diag(C @ scores.T @ scores @ C))


def titanic():
    columns = ["pclass", "sex", "age", "sibsp", "parch", "fare", "embarked"]
    table = pd.read_csv(DATA / "titanic.csv")[["survived", *columns]].dropna()
    table["pclass"] = table["pclass"].astype(str)
    X, positions = design(table, columns)
    y = (table["survived"] == "yes").to_numpy(float)
    out = describe(y, table, X, positions, 2, groups=table["fare"])
    # 1 + the number of relatives aboard as the weight of a row
    s = 1 + table["sibsp"].to_numpy(float) + table["parch"].to_numpy(float)
    theta, errors = weighted_sandwich(y, X, s)
    heavy = np.repeat(np.arange(len(s)), s.astype(int))
    copies = fit(y[heavy], X[heavy], 2)
    out["probability"] = {"coefficients": theta, "standardErrors": errors}
    out["frequency"] = {
        "coefficients": flat(copies.params),
        "standardErrors": flat(copies.bse),
        "robust": flat(fit(y[heavy], X[heavy], 2, cov_type="HC0").bse),
        "logLikelihood": copies.llf,
        "bic": copies.bic,
    }
    return out


def penguins():
    columns = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g", "sex"]
    table = pd.read_csv(DATA / "penguins.csv")[["island", *columns]].dropna()
    X, positions = design(table, columns)
    y = pd.Categorical(table["island"], categories=sorted(table["island"].unique())).codes
    return describe(y, table, X, positions, 3, groups=table["flipper_length_mm"])


def german(folder):
    table = pd.read_csv(folder / "german-credit/german.csv", header=None)
    table.columns = [f"column{j + 1}" for j in range(21)]
    X, positions = design(table, list(table.columns[:20]))
    return describe((table["column21"] == 2).to_numpy(float), table, X, positions, 2)


def plain(value):
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return value.tolist() if isinstance(value, np.ndarray) else float(value) if isinstance(value, np.floating) else value


golden = {"titanic": titanic(), "penguins": penguins()}
out = pathlib.Path("packages/core/test/infer/infer.golden.json")
if len(sys.argv) > 1:
    golden["german"] = german(pathlib.Path(sys.argv[1]))
elif out.exists():
    golden["german"] = json.loads(out.read_text())["german"]
out.write_text(json.dumps(plain(golden), indent=1) + "\n")
