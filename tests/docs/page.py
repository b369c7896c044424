"""Pages of documentation as the tests see them: what is run, what is not, and which flags are named.

    ```sh                       run, block by block, in the page's order and in one scratch folder
    ```text right after it      compared with what the block printed: words and lines are the same, numbers within 5 %, but
                                for times and memory (a number before s or MB); a line of three dots stands for any lines
    ```python                   run where the packages are (one program for the whole page), else checked for syntax
    ```console                  not run: it needs a network, a cluster, or much time. not_run.txt counts these blocks
    <!-- run ... -->            as sh, but not shown; <!-- check ... --> as python
    <!-- test: files -->        the page starts with the files of files.sh
    <!-- test: small -->        from here on simulate, fit and holdout do little work where the page does not say how much
    <!-- test: slow -->         the page is run under the label slow
    <!-- test: python NAME -->  Python blocks need tests/python/NAME.txt
    <!-- test: exit 2 -->       the next block leaves with this code
    <!-- test: shared FILE -->  the next block is run, with its full work, only where --shared has this file: its data are not shipped
    <!-- test: within 20 % -->  how far numbers of the next text block may be off
"""

import re
from dataclasses import dataclass, field

FENCE = re.compile(r"^(\s*)```(\w*)\s*$")
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
MINUTES = re.compile(r"\b\d+ min (?=\d+ s\b)")  # a slower machine takes 9 min 38 s where the page has 10.6 s
UNIT = re.compile(r" ?(s|ms|[kKMG]B)\b")
TOLERANCE = 0.05


@dataclass
class Block:
    kind: str  # sh, text, python, console or whatever else is fenced; run or check, which are not shown
    text: str
    line: int  # of its first line, from 1
    exit: int = 0
    tolerance: float = TOLERANCE
    small: bool = False
    needs: str = ""  # a file of the shared data
    output: "Block | None" = None  # the text block that says what this one prints


@dataclass
class Page:
    blocks: list = field(default_factory=list)
    prose: list = field(default_factory=list)  # (line number, line) outside of fences and comments
    marks: set = field(default_factory=set)  # slow, files, python NAME

    def of_kind(self, *kinds):
        return [block for block in self.blocks if block.kind in kinds]


def parse(text):
    """The text of a page -> Page. ValueError where a fence or comment does not end, or a mark is unknown."""
    page, lines = Page(), text.splitlines()
    exit_code, tolerance, needs, small, adjacent = 0, TOLERANCE, "", False, None
    at = 0
    while at < len(lines):
        line, start = lines[at], at + 1
        fence = FENCE.match(line)
        hidden = re.match(r"^<!-- (run|check)$", line)
        if fence or hidden:
            ends = (lambda l: l.strip() == "```") if fence else (lambda l: l.strip() == "-->")
            body = []
            at += 1
            while at < len(lines) and not ends(lines[at]):
                body.append(lines[at][len(fence[1]):] if fence else lines[at])
                at += 1
            if at == len(lines):
                raise ValueError(f"line {start}: does not end")
            block = Block(fence[2] if fence else hidden[1], "\n".join(body), start + 1, exit_code, tolerance, small, needs)
            page.blocks.append(block)
            if block.kind == "text" and adjacent:
                adjacent.output = block
            adjacent = block if block.kind == "sh" else None
            exit_code, tolerance, needs = 0, TOLERANCE, ""
        elif mark := re.match(r"^<!-- test: (.*) -->$", line):
            if found := re.match(r"^exit (\d+)$", mark[1]):
                exit_code = int(found[1])
            elif found := re.match(r"^within (\d+) %$", mark[1]):
                tolerance = int(found[1]) / 100
            elif mark[1].startswith("shared "):
                needs = mark[1].split()[1]
            elif mark[1] == "small":
                small = True
            elif mark[1] in ("slow", "files") or mark[1].startswith("python "):
                page.marks.add(mark[1])
            else:
                raise ValueError(f"line {start}: unknown mark {mark[1]!r}")
        else:
            page.prose.append((start, line))
            if line.strip():
                adjacent = None
        at += 1
    return page


def same_line(expected, found, tolerance):
    """Whether two lines differ in nothing but numbers that are near each other, or are times or memory."""
    parts, theirs = (re.split(f"({NUMBER.pattern})", MINUTES.sub("", line)) for line in (expected, found))
    if len(parts) != len(theirs):
        return False
    for i, (a, b) in enumerate(zip(parts, theirs)):
        if i % 2 == 0:
            if " ".join(a.split()) != " ".join(b.split()):
                return False
        elif not UNIT.match(parts[i + 1]) and abs(float(a) - float(b)) > tolerance * abs(float(a)) + 1e-12:
            return False
    return True


def difference(expected, found, tolerance):
    """What is wrong with the printed text `found`; None where it is what the page says."""
    rest = found.splitlines()
    skipping = False
    for line in expected.splitlines():
        if line.strip() == "...":
            skipping = True
            continue
        while skipping and rest and not same_line(line, rest[0], tolerance):
            rest.pop(0)
        if not rest or not same_line(line, rest[0], tolerance):
            return f"the page says\n  {line}\nprinted was\n  {rest[0] if rest else '(nothing more)'}"
        rest.pop(0)
        skipping = False
    if rest and not skipping:
        return f"printed was besides\n  {rest[0]}"
    return None
