"""Numeric sets as scripts of this folder read them: bundled, or of the shared data beside the checkout."""

import csv
import gzip
import pathlib

import numpy as np

BUNDLED = pathlib.Path("packages/softmax/data")
SHARED = pathlib.Path("../shared/data")
SETS = {
    "iris": (BUNDLED / "iris.csv", -1, True),
    "digits": (BUNDLED / "digits.csv.gz", -1, True),
    "penguins": (BUNDLED / "penguins.csv", 0, True),
    "wine": (SHARED / "wine/wine.csv", -1, False),
    "wdbc": (SHARED / "breast-cancer-wisconsin/wdbc.csv", -1, True),
}


def read(name):
    """The columns that are numbers in every complete row, and classes in order of their names."""
    path, target, header = SETS[name]
    opened = gzip.open(path, "rt") if path.suffix == ".gz" else open(path)
    with opened as file:
        rows = list(csv.reader(file))[1 if header else 0 :]
    if name == "penguins":
        rows = [row[:1] + row[2:6] for row in rows if "" not in row[2:6]]
    labels = [row.pop(target) for row in rows]
    classes = sorted(set(labels))
    return np.array(rows, float), np.array([classes.index(c) for c in labels])
