"""One training of fastText, on one thread unless the options say otherwise: JSON in ({"train", "test", "options"}), JSON out.

Answers with the seconds of training, those of the processor (all threads) and, where "test" names a file, each text's probabilities by label. Asked for one thread, fastText 0.9.2 draws
a tenth of its embeddings only and leaves the rest as the memory was: zeros in a process that has done nothing else, so
that each training has one; NaN now and then in others."""

import json
import sys
import time

import fasttext

fasttext.FastText.eprint = lambda *_: None
asked = json.load(sys.stdin)
start, before = time.perf_counter(), time.process_time()
options = {"thread": 1, "minCount": 1, "verbose": 0, **asked["options"]}
model = fasttext.train_supervised(input=asked["train"], **options)
seconds, processor = time.perf_counter() - start, time.process_time() - before
texts = []
if asked.get("test") is not None:
    with open(asked["test"], encoding="utf8") as file:
        texts = [text.rstrip("\n").split(" ", 1)[1] for text in file]
labels, probabilities = model.predict(texts, k=-1) if texts else ([], [])
rows = [
    {label.removeprefix("__label__"): float(p) for label, p in zip(names, values)}
    for names, values in zip(labels, probabilities)
]
print(json.dumps({"seconds": seconds, "processor": processor, "rows": rows}))
