"""Random numbers for packages/core/test/base/random.test.ts, in Python's integers of any size. Needs nothing:

    python scripts/golden/random.py > packages/core/test/base/random.golden.json

xoshiro128** as in Blackman & Vigna's C program (2021, https://prng.di.unimi.it/xoshiro128starstar.c), its state filled by SplitMix32.
"""

import json

MASK = 0xFFFFFFFF


def split_mix(seed):
    state = (seed ^ (seed >> 32)) & MASK
    while True:
        state = (state + 0x9E3779B9) & MASK
        z = state
        z = ((z ^ (z >> 16)) * 0x21F0AAAD) & MASK
        z = ((z ^ (z >> 15)) * 0x735A2D97) & MASK
        yield z ^ (z >> 15)


def rotl(x, k):
    return ((x << k) | (x >> (32 - k))) & MASK


def xoshiro(s):
    s = list(s)
    while True:
        yield (rotl((s[1] * 5) & MASK, 7) * 9) & MASK
        t = (s[1] << 9) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotl(s[3], 11)


def take(stream, count):
    return [next(stream) for _ in range(count)]


# What others publish for the state 1, 2, 3, 4 (the tests of the crate rand_xoshiro).
assert take(xoshiro([1, 2, 3, 4]), 4) == [11520, 0, 5927040, 70819200]


def stream(seed):
    return xoshiro(take(split_mix(seed), 4))


def uniform(draws):
    high, low = next(draws), next(draws)
    return ((high >> 5) * 2**26 + (low >> 6)) / 2**53


def below(draws, bound):
    return next(draw % bound for draw in draws if draw < 2**32 - 2**32 % bound)


def shuffled(draws, count):
    items = list(range(count))
    for i in range(count - 1, 0, -1):
        j = below(draws, i + 1)
        items[i], items[j] = items[j], items[i]
    return items


def known(seed):
    draws = stream(seed)
    return {
        "seed": seed,
        "uint32": take(stream(seed), 12),
        "uniform": [uniform(draws) for _ in range(6)],
        "below": [below(draws, bound) for bound in [1, 2, 3, 10, 3 * 2**30, 2**31 + 1, 2**32] * 3],
        "shuffled": shuffled(draws, 20),
    }


print(json.dumps([known(seed) for seed in [0, 1, 42, 2**32 - 1, 2**32, 2**32 + 1, 2**53 - 1]], separators=(",", ":")))
