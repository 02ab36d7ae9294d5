"""The two design matrices that Softmax compares, rebuilt with NumPy: lines, and curves of ramps (docs/results.md).

A numeric column is a line (v - mean)/sd, with missing cells at the median and an indicator for them; a curve adds ramps
clip((v - q_j)/(q_j+1 - q_j), 0, 1) between knots, and an indicator for each value held by more than 10 % of the rows. Other columns
are one indicator a level, missing as a level.
"""

import numpy as np
import pandas as pd
import scipy.sparse as sp

TAILS = (0.98, 0.995)


def design(table, curves, knots=15, tails=TAILS, every=20, frequent=0.1, line=True, basis="ramps"):
    """The matrix (CSR, float64) of a table; every step is fitted on the table itself and sees no labels."""
    dense, indicators = [], []
    for name in table:
        column = table[name]
        if column.dtype.kind in "if":
            numbers, flags = numeric(
                column.to_numpy(float), curves, knots, tails, every, frequent, line, basis
            )
            dense += numbers
            indicators += flags
        else:
            text = column.astype(object).where(column.notna(), "").astype(str).to_numpy()
            indicators += [text == level for level in np.unique(text)]
    columns = [np.asarray(c, float) for c in dense + indicators]
    return sp.csr_matrix(np.column_stack(columns))


def numeric(x, curves, knots, tails, every, frequent, line, basis):
    missing = np.isnan(x)
    observed = x[~missing]
    v = np.where(missing, np.median(observed), x)
    flags = [missing] if missing.any() else []
    straight = [(v - v.mean()) / v.std()] if v.std() > 0 else []
    values, counts = np.unique(observed, return_counts=True)
    if not curves or len(values) <= 2:
        return straight, flags
    common = values[counts > frequent * len(observed)] if len(values) > every else values[:0]
    q = values if len(values) <= every else quantiles(observed[~np.isin(observed, common)], knots, tails)
    if len(q) < 2:
        return straight, flags
    flags += [x == value for value in common]
    return (straight if line else []) + BASES[basis](v, q), flags


def quantiles(values, knots, tails):
    """Order statistics at j/(knots + 1) and in the upper tail, without repeats."""
    shares = sorted([j / (knots + 1) for j in range(1, knots + 1)] + list(tails))
    return np.unique(np.quantile(values, shares, method="inverted_cdf")) if len(values) else values


def ramps(v, q):
    return [np.clip((v - a) / (b - a), 0, 1) for a, b in zip(q[:-1], q[1:])]


def centred_ramps(v, q):
    return [r - r.mean() for r in ramps(v, q)]


def hinges(v, q):
    found = [np.maximum(0, v - t) / v.std() for t in q]
    return [h for h in found if h.any()]


def hats(v, q):
    w = np.clip(v, q[0], q[-1])
    return [np.interp(w, q, row) for row in np.eye(len(q))]


def bins(v, q):
    at = np.searchsorted(q, v)
    return [at == j for j in range(len(q) + 1)]


BASES = {"ramps": ramps, "centred ramps": centred_ramps, "hinges": hinges, "hats": hats, "bins": bins}


def read_adult(path):
    """adult.data.gz: features and labels (1 for more than 50K)."""
    names = [f"column{j}" for j in range(1, 16)]
    table = pd.read_csv(
        path, names=names, skipinitialspace=True, na_values="?", keep_default_na=False
    )
    return table, (table.pop("column15") == ">50K").to_numpy(int)
