"""What the Encoder learns from numeric columns, for packages/core/test/encode/numeric.test.ts: moments by NumPy, knots by
its order statistics (method "inverted_cdf"), ramps by numpy.interp. Needs NumPy and the bundled tables:

    python scripts/golden/encoder.py > packages/core/test/encode/numeric.golden.json
"""

import csv
import json
from pathlib import Path

import numpy as np

TABLES = Path(__file__).resolve().parents[2] / "packages" / "softmax" / "data"
LEVELS = [j / 16 for j in range(1, 16)] + [0.98, 0.995]


def column(table, name):
    with open(TABLES / table, newline="") as file:
        cells = [row[name] for row in csv.DictReader(file)]
    return np.array([float(cell) if cell else np.nan for cell in cells])


def learned(x):
    observed = x[~np.isnan(x)]
    median = np.median(observed)
    v = np.where(np.isnan(x), median, x)
    distinct, counts = np.unique(observed, return_counts=True)
    if len(distinct) <= 20:
        knots, frequent = distinct, []
    else:
        frequent = distinct[counts > 0.1 * len(observed)]
        rest = observed[~np.isin(observed, frequent)]
        knots = np.unique(np.quantile(rest, LEVELS, method="inverted_cdf"))
    ramps = np.stack([np.interp(v, [a, b], [0, 1]) for a, b in zip(knots, knots[1:])], axis=1)
    ramps = ramps - ramps.mean(axis=0)
    line = (v - v.mean()) / v.std()
    picked = [0, 7, len(x) // 2, len(x) - 1]
    return {
        "values": [None if np.isnan(t) else t for t in x.tolist()],
        "line": [median, v.mean(), v.std()],
        "knots": knots.tolist(),
        "frequent": list(map(float, frequent)),
        "missing": bool(np.isnan(x).any()),
        "rows": picked,
        "features": [[line[i], *ramps[i]] for i in picked],
    }


cases = [
    ("penguins.csv", "bill_length_mm"),
    ("titanic.csv", "age"),
    ("titanic.csv", "fare"),
    ("titanic.csv", "sibsp"),
    ("iris.csv", "petal_width"),
]
print(json.dumps({f"{table} {name}": learned(column(table, name)) for table, name in cases}))
