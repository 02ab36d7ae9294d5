"""tf-idf features of texts, for packages/core/test/encode/text/text.test.ts, by scikit-learn's TfidfVectorizer. Words have a
mark of the start of the text before them, which scikit-learn does not know: its analyser is given. Needs scikit-learn:

    python scripts/golden/texts.py > packages/core/test/encode/text/tf-idf.golden.json
"""

import json

from sklearn.feature_extraction.text import TfidfVectorizer

TEXTS = [
    "the cat sat on the mat",
    "the dog sat on the log the dog barked",
    "cats and dogs do not sit on mats or logs",
    "the cat the cat the cat and the mat",
    "a dog is a dog is a dog",
    "on and on and on",
    "nothing here was seen before",
    "",
]
START = "\u0002"


def words(text):
    symbols = [START, *text.split()]
    pairs = [" ".join(pair) for pair in zip(symbols, symbols[1:])]
    return symbols[1:] + pairs


def features(**options):
    vectorizer = TfidfVectorizer(sublinear_tf=True, smooth_idf=True, norm="l2", min_df=2, **options)
    X = vectorizer.fit_transform(TEXTS)
    names = vectorizer.get_feature_names_out()
    return [
        {names[j]: X[i, j] for j in sorted(X[i].indices)} for i in range(X.shape[0])
    ]


print(
    json.dumps(
        {
            "texts": TEXTS,
            "words": features(analyzer=words),
            "characters": features(analyzer="char_wb", ngram_range=(2, 4)),
        },
        indent=1,
        ensure_ascii=False,
    )
)
