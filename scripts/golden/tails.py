"""Tails of distributions to 50 digits, for packages/core/test/base/tails.test.ts. Needs mpmath:

    python scripts/golden/tails.py > packages/core/test/base/tails.golden.json

Each entry ends with the nearest float64 of the exact value at the float64 arguments before it.
"""

import json
import random

from mpmath import binomial, erfc, erfinv, exp, gammainc, mp, mpf, pi, sqrt

mp.dps = 60
draw = random.Random(20260102)


def normal_tail(z):
    return erfc(mpf(z) / sqrt(2)) / 2


def chi_square_tail(x, df):
    return gammainc(mpf(df) / 2, mpf(x) / 2, mp.inf, regularized=True)


def quantile(tail):
    return sqrt(2) * erfinv(1 - 2 * mpf(tail))


zs = [0.0, 1e-12, -1e-12, 1e-3, 0.5, 1.0, 1.959963984540054, 2.4999999, 2.5, 2.6, 3.0, 5.0, 8.0, 12.0, 20.0, 30.0, 37.0]
zs += [-z for z in (0.5, 1.0, 2.5, 6.0)] + [draw.uniform(0, 37) for _ in range(60)] + [draw.uniform(-4, 4) for _ in range(40)]
chi = []
for df in (1, 2, 3, 4, 5, 6, 7, 10, 15, 24, 36, 61, 100, 333, 1000):
    points = [1e-8, 1e-3, 0.1, 1.0, 3.84, df / 2, df, 1.1 * df, 2 * df, 3.0 * df + 10, 200.0 + df, 900.0 + df]
    points += [draw.uniform(0, 4 * df + 40) for _ in range(6)]
    chi += [[x, df, float(chi_square_tail(x, df))] for x in map(float, points)]
chi = [entry for entry in chi if entry[2] > 1e-300]
chi += [[1800.0, 200, float(chi_square_tail(1800.0, 200))]]  # e^-900 alone is 0
tails = [0.5, 0.4, 0.25, 0.05, 0.025, 0.005, 1e-4, 1e-10, 1e-50, 1e-300] + [draw.uniform(0, 0.5) for _ in range(20)]
coins = []
for n in (1, 2, 3, 10, 25, 100, 501, 5000):
    for m in sorted({0, 1, n // 4, n // 3, n // 2, n - 1, n}):
        exactly = binomial(n, m) / mpf(2) ** n
        at_most = sum(binomial(n, j) for j in range(m + 1)) / mpf(2) ** n
        coins.append([m, n, float(at_most), float(exactly)])

densities = [[z, float(exp(-mpf(z) ** 2 / 2) / sqrt(2 * pi))] for z in zs + [draw.uniform(25, 37) for _ in range(40)]]

mp.dps = 400  # erfinv near 1 needs them
quantiles = [[t, float(quantile(t))] for t in tails]
print(json.dumps({
    "normalDensity": densities,
    "normalTail": [[z, float(normal_tail(z))] for z in zs],
    "normalQuantile": quantiles,
    "chiSquareTail": chi,
    "fairCoin": coins,
}))
