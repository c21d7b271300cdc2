"""Writes what was measured into BENCHMARKS.md, between two comments of a name."""
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DOCUMENT = os.path.join(ROOT, "BENCHMARKS.md")


def replace(name, text, path=DOCUMENT):
    """puts `text` between <!-- name:begin --> and <!-- name:end -->"""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    with open(path, encoding="utf-8") as file:
        old = file.read()
    new, count = re.subn(
        re.escape(begin) + ".*?" + re.escape(end), lambda _: f"{begin}\n{text.strip()}\n{end}", old, flags=re.S)
    if count != 1:
        raise SystemExit(f"{path}: {count} blocks named {name}, one is needed")
    with open(path + ".part", "w", encoding="utf-8") as file:
        file.write(new)
    os.replace(path + ".part", path)


def table(head, rows):
    """a Markdown table; columns after the first are right-aligned"""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "--:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(str(c) for c in row) + " |" for row in rows])
