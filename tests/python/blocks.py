"""The blocks of Python on a page of docs/: what it tells users to type is what the tests run."""

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def blocks(page):
    found = re.findall(r"^```python\n(.*?)^```$", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    if not found:
        raise ValueError(f"docs/{page}: no block of Python")
    return found
