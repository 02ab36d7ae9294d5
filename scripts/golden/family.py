"""Values of the softmax family to 400 bits, for packages/core/test/softmax/accuracy.test.ts.

Each value is [nearest, rest]: the exact value is the float64 `nearest` plus `rest` units in its last place. The logits of
rows with "float32" are float32 numbers. Large rows are given by k and scale: z_c = scale (2654435761 c mod 2^32)/2^32,
and by their entries at `at`. Needs mpmath:

    python scripts/golden/family.py > packages/core/test/softmax/family.golden.json
"""

import json
import math
import random
import struct

from mpmath import exp, log, log1p, mp, mpf, sqrt

mp.prec = 400
draw = random.Random(20260102)


def float32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def value(x):
    nearest = float(x)
    return [nearest, round(float((x - mpf(nearest)) / mpf(math.ulp(nearest))), 4)]


def softmax(x):
    e = [exp(v) for v in x]
    total = sum(e)
    return [v / total for v in e]


def sparsemax(x):
    ordered = sorted(x, reverse=True)
    tau = None
    for r in range(1, len(x) + 1):
        candidate = (sum(ordered[:r]) - 1) / r
        if ordered[r - 1] > candidate:
            tau = candidate
    return [max(v - tau, mpf(0)) for v in x]


def entmax15(x):
    half = [v / 2 for v in x]
    ordered = sorted(half, reverse=True)
    tau = None
    for r in range(1, len(x) + 1):
        mean = sum(ordered[:r]) / r
        squares = sum((v - mean) ** 2 for v in ordered[:r])
        if squares > 1:
            break
        candidate = mean - sqrt((1 - squares) / r)
        if candidate <= ordered[r - 1]:
            tau = candidate
    return [max(v - tau, mpf(0)) ** 2 for v in half]


def row(z, temperature, single):
    z = [float32(v) for v in z] if single else z
    m = max(z)
    x = [(mpf(v) - mpf(m)) / mpf(temperature) for v in z]
    p = softmax(x)
    others = list(x)
    others.remove(max(others))
    total = log1p(sum(exp(v) for v in others))
    return {
        "float32": single,
        "T": temperature,
        "z": z,
        "softmax": [value(v) for v in p],
        "logSoftmax": [value(v - total) for v in x],
        "logSumExp": value(log(sum(exp(mpf(v) - mpf(m)) for v in z)) + mpf(m)),
        "sparsemax": [value(v) for v in sparsemax(x)],
        "entmax15": [value(v) for v in entmax15(x)],
        "entropy": value(-sum(v * log(v) for v in p)),
    }


def large(k, scale, temperature):
    z = [scale * ((2654435761 * c) % 2**32) / 2**32 for c in range(k)]
    m = max(z)
    e = [exp((mpf(v) - mpf(m)) / mpf(temperature)) for v in z]
    at = sorted({0, 1, z.index(m), z.index(min(z)), k // 2, k - 1})
    total = sum(e)
    return {"k": k, "scale": scale, "T": temperature, "at": at, "softmax": [value(e[c] / total) for c in at]}


rows = []
for index in range(110):
    k = draw.choice([2, 2, 3, 3, 4, 5, 7, 9])
    scale = draw.choice([1e-8, 0.1, 1, 1, 3, 10, 100, 300])
    shift = draw.choice([0, 0, 0, 1, -5, 1000])
    temperature = draw.choice([1, 1, 1, 0.5, 0.1, 2, 3, 7.3, 1e-3, 1e3])
    rows.append(row([shift + draw.gauss(0, scale) for _ in range(k)], temperature, index % 2 == 1))
# one entry far above many equal ones: where a rounded exponent in the denominator shows
for temperature in (3, 0.7, 1.1):
    rows.append(row([5.1] + [draw.choice([0.3, 0.3, 0.2]) for _ in range(24)], temperature, False))
rows.append(row([0.03, 1.92], 1, False))
rows.append(row([0, -740, -744], 1, False))

larges = [large(k, scale, temperature) for k in (17, 1000, 4096) for scale in (1.0, 8.0, 60.0) for temperature in (1, 3, 0.37)]

print('{"rows":[\n' + ",\n".join(json.dumps(r, separators=(",", ":")) for r in rows) + '\n],"large":[\n'
      + ",\n".join(json.dumps(r, separators=(",", ":")) for r in larges) + "\n]}")
