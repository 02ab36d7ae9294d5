"""The Python rivals as contestants (peer.mjs is the caller): one JSON request a line in, one answer a line on descriptor 3.

Sets are the folders that sets.mjs makes. Fits write (d+1) x k float64 weights, the last row intercepts, to the file `out`.
"""

import json
import os
import resource
import sys
from time import perf_counter

import numpy as np

loaded = {}


def load(folder, dtype="float64"):
    """Reads the training rows of a set: a dense array or a CSR matrix of `dtype`."""
    with open(folder + "meta.json", encoding="utf-8") as file:
        meta = json.load(file)
    y = np.fromfile(folder + "y.i32", np.int32)
    if meta["sparse"]:
        import scipy.sparse as sp

        parts = [np.fromfile(folder + name, np.int32) for name in ("columns.i32", "starts.i32")]
        values = np.fromfile(folder + "values.f64").astype(dtype)
        X = sp.csr_matrix((values, *parts), shape=(len(y), meta["width"]))
    else:
        X = np.fromfile(folder + "X.f32", np.float32).astype(dtype, copy=False)
        X = X.reshape(len(y), meta["width"])
    loaded.clear()
    loaded.update(X=X, y=y, classes=meta["classes"])


def write(out, coef, intercept):
    np.vstack([np.atleast_2d(coef).T, np.ravel(intercept)]).astype(float).tofile(out)


def versions():
    """Name and version of what can be imported, and of the BLAS that NumPy uses with its kernel."""
    import platform

    found = {"Python": platform.python_version()}
    for name in ("numpy", "scipy", "sklearn", "torch"):
        try:
            found[name] = __import__(name).__version__
        except Exception as error:  # a rival that cannot be imported is listed with its error
            found[name] = f"failed: {error}"
    try:
        from importlib.metadata import version

        import liblinear.liblinearutil  # noqa: F401

        found["liblinear-multicore"] = version("liblinear-multicore")
    except Exception as error:
        found["liblinear-multicore"] = f"failed: {error}"
    from threadpoolctl import threadpool_info

    pools = [pool for pool in threadpool_info() if "numpy" in pool["filepath"]]
    found["BLAS"] = ", ".join(
        f"{p['internal_api']} {p['version']} ({p.get('architecture')}, {p['num_threads']} threads)"
        for p in pools
    )
    return found


def scikit(solver, l2, max_iter, tol=1e-12, out=None, trace=False):
    """LogisticRegression on the loaded rows.

    `trace`: L-BFGS's objective after 0, 1, ... iterations, of which it does not tell the first.
    """
    import warnings

    from sklearn.linear_model import LogisticRegression

    X, y = loaded["X"], loaded["y"]
    model = LogisticRegression(solver=solver, C=1 / (l2 * len(y)), max_iter=max_iter, tol=tol)
    values = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with objective_trace(values if trace else None):
            start = perf_counter()
            model.fit(X, y)
            seconds = perf_counter() - start
    if out is not None:
        write(out, model.coef_, model.intercept_)
    return {"seconds": seconds, "iterations": int(np.max(model.n_iter_)), "trace": [sys.float_info.max, *values]}


class objective_trace:
    """While entered, SciPy's minimiser tells the objective after each of its iterations."""

    def __init__(self, values):
        self.values = values

    def __enter__(self):
        if self.values is None:
            return
        from scipy import optimize

        self.minimize = optimize.minimize

        def traced(*args, **kwargs):
            def callback(intermediate_result):
                self.values.append(float(intermediate_result.fun))

            return self.minimize(*args, **{**kwargs, "callback": callback})

        optimize.minimize = traced

    def __exit__(self, *_):
        if self.values is not None:
            from scipy import optimize

            optimize.minimize = self.minimize


def linear(l2, epsilon, threads, out=None):
    """LIBLINEAR's trust-region Newton for logistic regression (-s 0), intercept free; one against the rest above two classes."""
    from liblinear.liblinearutil import parameter, problem, train

    X, y = loaded["X"], loaded["y"]
    data = problem(y, X, bias=1)
    option = parameter(f"-s 0 -c {1 / (l2 * len(y))} -e {epsilon} -B 1 -R -m {threads} -q")
    start = perf_counter()
    model = train(data, option)
    seconds = perf_counter() - start
    if out is not None:
        write_linear(model, out)
    return {"seconds": seconds}


def write_linear(model, out):
    """In the order of the classes; LIBLINEAR orders them as they occur, and with two the weights are those of its first."""
    labels = model.get_labels()
    outputs = 1 if len(labels) == 2 else len(labels)
    width = model.nr_feature
    W = np.ctypeslib.as_array(model.w, shape=((width + 1) * outputs,)).reshape(width + 1, outputs)
    if outputs == 1:
        W = W if labels[0] == 1 else -W
    else:
        W = W[:, np.argsort(labels)]
    W.astype(float).tofile(out)


def torch_lbfgs(l2, max_iter, threads, out=None, trace=False):
    """PyTorch's L-BFGS (memory 20, strong Wolfe) on all rows.

    `trace`: one iteration a call of step, which keeps its memory between calls, and the objective before each.
    """
    import torch

    torch.set_num_threads(threads)
    X, y = torch.from_numpy(loaded["X"]), torch.from_numpy(loaded["y"]).long()
    start = perf_counter()
    W = torch.zeros(X.shape[1], loaded["classes"], dtype=X.dtype, requires_grad=True)
    b = torch.zeros(loaded["classes"], dtype=X.dtype, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [W, b],
        max_iter=1 if trace else max_iter,
        max_eval=10 * max_iter,
        history_size=20,
        tolerance_grad=0,
        tolerance_change=0,
        line_search_fn="strong_wolfe",
    )

    def closure():
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(torch.addmm(b, X, W), y)
        loss = loss + l2 / 2 * W.square().sum()
        loss.backward()
        return loss

    values = [float(optimizer.step(closure)) for _ in range(max_iter if trace else 1)]
    seconds = perf_counter() - start
    if out is not None:
        write(out, W.detach().numpy().T, b.detach().numpy())
    return {"seconds": seconds, "trace": values}


def products(samples):
    """Seconds of X W and then X^T R, float32, on one thread, for the loaded rows: the median."""
    from threadpoolctl import threadpool_limits

    X = loaded["X"]
    random = np.random.default_rng(0)
    W = random.random((X.shape[1], loaded["classes"]), dtype=np.float32)
    R = random.random((X.shape[0], loaded["classes"]), dtype=np.float32)
    with threadpool_limits(1):
        return median_seconds(lambda: (X @ W, X.T @ R), samples)


def torch_softmax(n, k, samples):
    """Seconds of softmax over the rows of n x k float32 logits on one thread, into memory that is there already."""
    import torch

    torch.set_num_threads(1)
    Z = 3 * torch.randn(n, k)
    P = torch.empty_like(Z)
    with torch.inference_mode():
        return median_seconds(lambda: torch.softmax(Z, 1, out=P), samples)


def scikit_predict(columns, classes, batch, samples):
    """Seconds from one row, and from a batch, to probabilities."""
    from sklearn.linear_model import LogisticRegression

    random = np.random.default_rng(0)
    model = LogisticRegression().fit(random.normal(size=(300, columns)), np.arange(300) % classes)
    one, many = random.normal(size=(1, columns)), random.normal(size=(batch, columns))
    return {
        "row": median_seconds(lambda: model.predict_proba(one), samples),
        "batch": median_seconds(lambda: model.predict_proba(many), samples),
    }


def median_seconds(run, samples):
    """Of one call; as many calls a sample as take 20 ms."""
    repeat = 1

    def sample():
        start = perf_counter()
        for _ in range(repeat):
            run()
        return perf_counter() - start

    while sample() < 0.02:
        repeat *= 2
    return sorted(sample() / repeat for _ in range(samples))[samples // 2]


def memory():
    """Highest resident memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


FUNCTIONS = (load, versions, scikit, linear, torch_lbfgs, products, torch_softmax, scikit_predict, memory)


def main():
    functions = {function.__name__: function for function in FUNCTIONS}
    with os.fdopen(3, "w", encoding="utf-8") as answers:
        for line in sys.stdin:
            request = json.loads(line)
            try:
                answer = {"value": functions[request["name"]](**request["args"])}
            except Exception as error:  # the caller lists it
                answer = {"error": f"{type(error).__name__}: {error}"}
            print(json.dumps(answer), file=answers, flush=True)


main()
