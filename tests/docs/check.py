#!/usr/bin/env python3
"""What holds of every page without running it: check.py --bin DIR --root DIR

    - tools and flags that are named exist: in commands, in `instar fit --steps`, `fit --steps` and bare `--steps`
    - README.md names every tool
    - commands are fenced, and what is fenced as not to be run (`console`) is counted in not_run.txt
    - links and pictures of README.md and CONTRIBUTING.md lead to files (those of docs/ are checked by the site's build)
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

import page as pages

COMMAND = re.compile(r"(?<![\w.-])instar[ -]([a-z]\w*)((?:[^|;&>\n#`\\]|\\\n)*)")
FLAG = re.compile(r"(?<![\w-])--?[a-zA-Z@][\w-]*")
SPAN = re.compile(r"`([^`]+)`")


def flags_of(tool):
    """Every name of a flag, from the tool's own page."""
    text = subprocess.run([tool, "--generate", "markdown"], check=True, capture_output=True, text=True).stdout
    terms = re.findall(r"^(?:<a id=\"[^\"]*\"></a>)?`(-[^`]*)`$", text, re.M)
    return {flag for term in terms for flag in FLAG.findall(term)}


def without_values(text):
    """A command without what stands in quotes."""
    return re.sub(r"'[^']*'|\"[^\"]*\"", "", text)


class Checker:
    def __init__(self, bin_folder):
        self.flags = {tool.name[len("instar-"):]: flags_of(tool) for tool in sorted(bin_folder.glob("instar-*"))}
        self.any = set().union(*self.flags.values())
        self.wrong = []

    def command(self, where, verb, words):
        if verb in ("help", "VERB"):
            return
        if verb not in self.flags:
            self.wrong.append(f"{where}: there is no tool instar {verb}")
            return
        for flag in FLAG.findall(without_values(words)):
            # -vv and -n50 are short flags with more
            if flag not in self.flags[verb] and (flag.startswith("--") or flag[:2] not in self.flags[verb]):
                self.wrong.append(f"{where}: instar {verb} has no flag {flag}")

    def span(self, where, span):
        first, _, rest = span.partition(" ")
        if span.startswith("instar ") or span.startswith("instar-"):
            for verb, words in COMMAND.findall(span):
                self.command(where, verb, words)
        elif first in self.flags:
            self.command(where, first, rest)
        elif first.startswith("--") and FLAG.fullmatch(first) and first not in self.any:
            self.wrong.append(f"{where}: no tool has a flag {first}")

    def page(self, name, page):
        for block in page.of_kind("sh", "run", "console"):
            for verb, words in COMMAND.findall(block.text):
                self.command(f"{name}:{block.line}", verb, words)
        for number, line in page.prose:
            if re.match(r"^ {4,}(\$ )?instar[ -][a-z]", line):
                self.wrong.append(f"{name}:{number}: fence this command: ```sh where a test can run it, else ```console "
                                  "(tests/docs/page.py says more)")
            for span in SPAN.findall(line):
                self.span(f"{name}:{number}", span)


def links(path, page):
    for number, line in page.prose:
        for target in re.findall(r"\]\(([^)#\s]+)", line):
            if not re.match(r"^[a-z]+:", target) and not (path.parent / target).exists():
                yield f"{path.name}:{number}: leads nowhere: {target}"


def main():
    parser = argparse.ArgumentParser(description="checks pages of documentation without running them")
    parser.add_argument("--bin", required=True, type=Path)
    parser.add_argument("--root", required=True, type=Path)
    arguments = parser.parse_args()
    checker = Checker(arguments.bin)
    here = [arguments.root / "README.md", arguments.root / "CONTRIBUTING.md"]
    found = []
    for path in here + sorted((arguments.root / "docs").rglob("*.md")):
        name = str(path.relative_to(arguments.root))
        page = pages.parse(path.read_text(encoding="utf-8"))
        if name != "CONTRIBUTING.md":  # of flags of other programs, too
            checker.page(name, page)
            count = len(page.of_kind("console"))
            found += [f"{name} {count}"] if count else []
        if path in here:
            checker.wrong += links(path, page)
    readme = (arguments.root / "README.md").read_text(encoding="utf-8")
    checker.wrong += [f"README.md: its table has no `instar {verb}`" for verb in checker.flags if f"| `instar {verb}` |" not in readme]
    expected = [line for line in (Path(__file__).parent / "not_run.txt").read_text(encoding="utf-8").splitlines()
                if line and not line.startswith("#")]
    checker.wrong += [f"not_run.txt has no line '{line}': can a test run it? Then fence it as ```sh" for line in found if line not in expected]
    checker.wrong += [f"not_run.txt has a line '{line}' that no longer holds" for line in expected if line not in found]
    for line in checker.wrong:
        print(line)
    sys.exit(bool(checker.wrong))


if __name__ == "__main__":
    main()
