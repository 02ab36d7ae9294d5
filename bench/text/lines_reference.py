"""scikit-learn's reference for lines.mjs: JSON in on standard input, JSON out.

TfidfVectorizer(sublinear_tf, min_df=2, n-grams as asked) and LogisticRegression(C=10, lbfgs), both fitted on the training texts
of each fold alone. A file of texts is JSON: {"texts": […], "labels": […]}.

    {"do": "folds", "file", "vectorizer", "folds": file of a list, the part that judges each text}   metrics of all texts, each judged out of its fold
    {"do": "test", "file", "vectorizer", "test": another file}                     metrics of the other file's texts
    {"do": "fit", "file", "vectorizer"}                                            seconds of one fit on all texts, after start-up, and those of the processor
"""

import json
import os
import sys
import time
import warnings

import numpy as np
import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tables"))

from reference import measure, probabilities  # noqa: E402


def read(path):
    with open(path, encoding="utf-8") as file:
        content = json.load(file)
    return np.array(content["texts"], dtype=object), np.array(content["labels"])


def pipeline(vectorizer):
    grams = tuple(vectorizer["ngram_range"])
    return make_pipeline(
        TfidfVectorizer(sublinear_tf=True, min_df=2, analyzer=vectorizer["analyzer"], ngram_range=grams),
        LogisticRegression(C=10, solver="lbfgs", max_iter=1000),
    )


def on_folds(asked):
    texts, y = read(asked["file"])
    with open(asked["folds"], encoding="utf-8") as file:
        fold = np.array(json.load(file))
    classes = np.unique(y)
    P = np.full((len(y), len(classes)), np.nan)
    for part in range(fold.max() + 1):
        train, judge = fold != part, fold == part
        model = pipeline(asked["vectorizer"]).fit(texts[train], y[train])
        P[judge] = probabilities(model, texts[judge], classes)
    judged = fold >= 0
    return measure(y[judged], P[judged], classes)


def on_test(asked):
    texts, y = read(asked["file"])
    test_texts, test_y = read(asked["test"])
    model = pipeline(asked["vectorizer"]).fit(texts, y)
    classes = np.unique(y)
    return measure(test_y, probabilities(model, test_texts, classes), classes)


def timed_fit(asked):
    texts, y = read(asked["file"])
    start, before = time.perf_counter(), time.process_time()
    model = pipeline(asked["vectorizer"]).fit(texts, y)
    seconds, processor = time.perf_counter() - start, time.process_time() - before
    return {
        "seconds": seconds,
        "processor": processor,
        "features": model[-1].n_features_in_,
        "iterations": int(max(model[-1].n_iter_)),
    }


def main():
    warnings.filterwarnings("ignore")
    asked = json.load(sys.stdin)
    answer = {"folds": on_folds, "test": on_test, "fit": timed_fit}[asked["do"]](asked)
    print(json.dumps({"scikitLearn": sklearn.__version__, **answer}))


if __name__ == "__main__":
    main()
