"""Prints SHA-256 of the cells of the shared tables as Python's csv module reads them.

Cells end in U+001F, rows in U+001E; the header, where there is one, is the first row.
Usage: python tables.py ../shared/data
"""

import csv
import gzip
import hashlib
import io
import pathlib
import sys

COMMA = {"delimiter": ","}
TAB = {"delimiter": "\t"}
TABLES = {
    "adult/adult.data.gz": COMMA,
    "adult/adult.test.gz": COMMA,
    "ag-news/test.csv": COMMA,
    "anes96/anes96.csv": {"delimiter": "\t", "quotechar": "'"},
    "bank-marketing/bank-full.csv.gz": COMMA,
    "breast-cancer-wisconsin/breast-cancer-wisconsin.data": COMMA,
    "breast-cancer-wisconsin/wdbc.csv": COMMA,
    "credit-default/UCI_Credit_Card.csv.gz": COMMA,
    "digits/digits.csv.gz": COMMA,
    "german-credit/german.csv": COMMA,
    "iris/iris.csv": COMMA,
    "language-id/udhr-24.csv": COMMA,
    "letter/LetterRecognition.csv.gz": COMMA,
    "penguins/penguins.csv": COMMA,
    "poker-hand/poker-hand-training-true.data.gz": COMMA,
    "shuttle/shuttle.csv.gz": COMMA,
    "skin/Skin_NonSkin.txt.gz": TAB,
    "sms-spam/SMSSpamCollection": {"delimiter": "\t", "quoting": csv.QUOTE_NONE},
    "titanic/titanic.csv": COMMA,
    "wine/wine.csv": COMMA,
    "yeast/yeast.data": TAB,
}


def digest(path, dialect):
    raw = path.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(raw)
    text = raw.decode("utf-8-sig")
    while text.startswith("#"):
        text = text[text.index("\n") + 1 :]
    out = hashlib.sha256()
    for row in csv.reader(io.StringIO(text, newline=""), **dialect):
        if row:
            out.update(("".join(cell + "\x1f" for cell in row) + "\x1e").encode())
    return out.hexdigest()


root = pathlib.Path(sys.argv[1])
for name, dialect in TABLES.items():
    print(name, digest(root / name, dialect))
