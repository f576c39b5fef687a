"""Reads an exported ledger from the standard input as spreadsheets do, split at each separator, and prints as JSON the cells
that begin like a formula, and the references, restored by the expression of docs/admin.md."""

import csv
import io
import json
import pathlib
import re
import sys
import unicodedata

MANUAL = pathlib.Path(__file__).parents[2] / "docs" / "admin.md"
EXPRESSION = re.compile(r"^re\.sub\(r(.+), r(.+), cell\)$", re.MULTILINE)
SIGNS = ("=", "+", "-", "@", "\u2212")


def readings(text):
    """Yields every cell that a spreadsheet could make of the file."""
    for delimiter in ",;\t":
        for quoting in csv.QUOTE_MINIMAL, csv.QUOTE_NONE:
            for skips in False, True:
                lines = io.StringIO(text, newline="")
                reader = csv.reader(lines, delimiter=delimiter, quoting=quoting, skipinitialspace=skips)
                for row in reader:
                    yield from row


def is_formula(cell):
    """Whether the cell is one for a reader that skips all that cannot be seen, and reads wide and small forms."""
    begin = 0
    while begin < len(cell) and (cell[begin] in '" ' or unicodedata.category(cell[begin])[0] in "ZC"):
        begin += 1
    return unicodedata.normalize("NFKC", cell[begin:]).startswith(SIGNS)


def restored(text):
    pattern, replacement = (eval("r" + part) for part in EXPRESSION.search(MANUAL.read_text("utf-8")).groups())
    rows = csv.DictReader(io.StringIO(text, newline=""))
    return [re.sub(pattern, replacement, row["reference"]) for row in rows]


csv.field_size_limit(sys.maxsize)
file = sys.stdin.buffer.read().decode("utf-8-sig")
cells = list(readings(file))
found = {"cells": len(cells), "formulas": [cell for cell in cells if is_formula(cell)], "references": restored(file)}
print(json.dumps(found))
