"""The coefficients in exp-f32.ts and exp-f64.ts: Chebyshev fits, highest power first. Needs mpmath."""

from mpmath import chebyfit, exp, log, mp, mpf, sqrt

mp.dps = 40


def exp_rest(r):
    """(e^r - 1 - r) / r^2, for |r| <= ln 2 / 2."""
    return (exp(r) - 1 - r) / r**2 if abs(r) > mpf("1e-12") else mpf(1) / 2 + r / 6


def log_rest(z):
    """(log((1+s)/(1-s)) / s - 2) / z, where z = s^2 and s = (m-1)/(m+1), for sqrt(1/2) <= m <= sqrt(2)."""
    s = sqrt(z)
    return (log((1 + s) / (1 - s)) / s - 2) / z if z > mpf("1e-20") else mpf(2) / 3


half = log(2) / 2 * mpf("1.0001")
widest = ((sqrt(2) - 1) / (sqrt(2) + 1)) ** 2 * mpf("1.0001")
for name, f, interval, terms in [
    ("exp, float32", exp_rest, [-half, half], 5),
    ("exp, float64", exp_rest, [-half, half], 10),
    ("log, float64", log_rest, [mpf("1e-15"), widest], 7),
]:
    coefficients, error = chebyfit(f, interval, terms, error=True)
    print(name, "error", float(error))
    for c in coefficients:
        print("  ", repr(float(c)))
