"""Values of the elementary functions to 400 bits, for packages/core/test/base/math.test.ts.

Each entry is [x, nearest, rest]: the exact value at the float64 x is the float64 `nearest` plus `rest` units in its last
place, so that the test can measure errors in fractions of that unit. Needs mpmath:

    python scripts/golden/elementary.py > packages/core/test/base/elementary.golden.json
"""

import json
import math
import random

from mpmath import cos, exp, expm1, log, log1p, mp, mpf, pi, sin

mp.prec = 400
draw = random.Random(20260101)
LN2 = math.log(2)


def uniform(low, high, count):
    return [draw.uniform(low, high) for _ in range(count)]


def scattered(low, high, count, signs=(1,)):
    """Of any magnitude from 2^low to 2^high."""
    return [draw.choice(signs) * math.ldexp(draw.uniform(1, 2), draw.randint(low, high - 1)) for _ in range(count)]


def around(points):
    return [y for x in points for y in (math.nextafter(x, -math.inf), x, math.nextafter(x, math.inf))]


def exact_zero(value):
    return value if abs(value) > mpf(2) ** -300 else mpf(0)


# where the range reduction changes over: the largest reduced arguments
seams = around([(n + 0.5) * LN2 for n in (-1022, -54, -3, -2, -1, 0, 1, 2, 57, 1022)])
near_one = around([1 + s * 2.0**-e for e in range(2, 53, 5) for s in (1, -1)])
roots = around([2 ** (n + 0.5) for n in (-1021, -2, -1, 0, 1, 500)])
small = scattered(-60, -1, 60, (1, -1))

exps = uniform(-2, 2, 60) + uniform(-745, 709, 80) + uniform(-745, -708, 20) + small + seams + [709.782712893384, -745.1332191019411]
logs = uniform(0.5, 2, 80) + scattered(-1074, 1023, 80) + near_one + roots + [5e-324, 2.2250738585072014e-308, 1.7976931348623157e308]
log1ps = (uniform(-0.999, 2, 100) + small + scattered(-20, 1023, 60) + around([-0.2928, 0.4142, 1, 3, 2.0**53])
          + [-1 + 2.0**-e for e in (1, 2, 10, 30, 53)] + [5e-324, -5e-324])
pair = uniform(-30, 30, 100) + uniform(-745, -30, 40) + uniform(-745, -708, 10) + uniform(30, 745, 20) + small[:30] + around([36.7, -36.7])
turns = uniform(-1, 1, 80) + uniform(-1000, 1000, 40) + small[:30] + around([0.125, 0.375, 0.25, 0.5, 0.75, 1])

# the worst points of a search in about 12,000 for each function
worst = {
    "exp": [96.73893457582801],
    "expm1": [37.15300585728065, 0.37714364302366077],
    "log": [1.2739425144182104],
    "log1p": [0.40469391091526896],
    "logistic": [-1.9841075724630377],
    "log1pExp": [-1.3494304097434395],
    "sinTurns": [38.039881722375526],
    "cosTurns": [67.16854387935118],
}

functions = {
    "exp": (exp, exps),
    "expm1": (expm1, [x for x in exps if x > -60] + small + uniform(-45, -30, 5)),
    "log": (log, logs),
    "log1p": (log1p, log1ps),
    "logistic": (lambda x: 1 / (1 + exp(-x)), pair),
    "log1pExp": (lambda x: log1p(exp(x)), pair),
    "sinTurns": (lambda x: exact_zero(sin(2 * pi * x)), turns),
    "cosTurns": (lambda x: exact_zero(cos(2 * pi * x)), turns),
}


def entry(function, x):
    value = function(mpf(x))
    nearest = float(value)
    return [x, nearest, round(float((value - mpf(nearest)) / mpf(math.ulp(nearest))), 5)]


def line(function, points):
    return json.dumps([entry(function, x) for x in points], separators=(",", ":"))


print("{" + ",\n".join(f'"{name}":{line(function, points + worst[name])}' for name, (function, points) in functions.items()) + "}")
