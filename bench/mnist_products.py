"""Minimum and median time of the two matrix products of one MNIST pass, X W and X^T R, float32: OpenBLAS on one thread.

usage: python mnist_products.py RUNS; prints "minimum median" in milliseconds. Thread counts come from the environment.
"""

import sys
from time import perf_counter

import numpy as np

runs = int(sys.argv[1])
random = np.random.default_rng(0)
X = random.random((60000, 784), dtype=np.float32)
W = random.random((784, 10), dtype=np.float32)
R = random.random((60000, 10), dtype=np.float32)
times = []
for _ in range(runs):
    start = perf_counter()
    X @ W
    X.T @ R
    times.append((perf_counter() - start) * 1e3)
times.sort()
print(times[0], times[len(times) // 2])
