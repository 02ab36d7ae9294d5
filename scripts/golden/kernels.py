"""Row-wise softmax, log softmax and log-sum-exp to 60 digits, for packages/core/test/kernels/rowwise.test.ts.

Each case holds a row of logits (float32 numbers), a temperature, and each exact value as [nearest float64, rest], where
rest is what rounding left, so that the test can measure errors far below one unit in the last place. Needs mpmath:

    python scripts/golden/kernels.py > packages/core/test/kernels/rowwise.golden.json
"""

import json
import random
import struct

from mpmath import exp, log, mp, mpf

mp.dps = 60
draw = random.Random(20260102)


def single(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def split(x):
    nearest = float(x)
    return [nearest, float(x - mpf(nearest))]


def case(row, temperature):
    z = [mpf(x) for x in row]
    t = mpf(temperature)
    m = max(z)
    total = sum(exp((x - m) / t) for x in z)
    return {
        "z": row,
        "temperature": temperature,
        "softmax": [split(exp((x - m) / t) / total) for x in z],
        "logSoftmax": [split((x - m) / t - log(total)) for x in z],
        "logSumExp": split(m + log(sum(exp(x - m) for x in z))),
    }


def row(k, spread):
    return [single(draw.gauss(0, spread)) for _ in range(k)]


cases = [case(row(k, spread), t) for k in (1, 2, 3, 4, 5, 7, 13) for spread in (0.01, 1, 30, 300) for t in (0.5, 1, 3)]
cases += [case([0.0, single(-x)], 1) for x in (1e-30, 1e-8, 0.3465, 0.3467, 1, 10, 87.5, 103, 700, 709, 720, 745)]
cases += [case(row(200, 3), 1), case([1.5] * 99, 1), case([single(1e30), single(-1e30), 0.0], 1)]
print(json.dumps(cases))
