#!/usr/bin/env python3
"""The tests of pages notice what they are for: page.py, run.py and check.py on pages that are right and on pages that are not."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import check  # noqa: E402
import page as pages  # noqa: E402

TOOL = """#!/usr/bin/env bash
[[ $1 != --generate ]] || printf '%s\\n' '<a id="--steps"></a>`-n, --steps N`' ':   steps [5]'
"""
DISPATCHER = """#!/usr/bin/env bash
echo "$@"
"""


class Runs(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = Path(self.folder.name)
        self.bin = self.root / "bin"
        self.bin.mkdir()
        for name, text in (("instar", DISPATCHER), ("instar-fit", TOOL)):
            (self.bin / name).write_text(text)
            (self.bin / name).chmod(0o755)

    def tearDown(self):
        self.folder.cleanup()

    def run_page(self, text, *more):
        (self.root / "a.md").write_text(text)
        return subprocess.run([sys.executable, HERE / "run.py", "--bin", self.bin, *more, self.root / "a.md"], capture_output=True, text=True)

    def passes(self, text, *more):
        done = self.run_page(text, *more)
        self.assertEqual(done.returncode, 0, done.stderr)

    def fails(self, text, says, *more):
        done = self.run_page(text, *more)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(says, done.stderr)

    def test_commands_run_in_order_in_one_folder(self):
        self.passes("# A\n```sh\necho 1 > x\n```\n\n<!-- run\ntest -s x\n-->\n")
        self.fails("```sh\ntest -s x\n```\n", "left with 1, not 0")
        self.fails("```sh\nfalse | true\n```\n", "left with 1, not 0")
        self.fails("```sh\nfalse\ntrue\n```\n", "left with 1, not 0")
        self.passes("```console\nfalse\n```\n")

    def test_exit_codes(self):
        self.passes("<!-- test: exit 3 -->\n```sh\nexit 3\n```\n")
        self.fails("<!-- test: exit 3 -->\n```sh\ntrue\n```\n", "left with 0, not 3")
        self.fails("<!-- test: exit 3 -->\n```sh\nexit 3\n```\n```sh\nexit 3\n```\n", "left with 3, not 0")

    def test_printed_text(self):
        says = "```sh\n{}\n```\n\n```text\n{}\n```\n"
        self.passes(says.format("echo loss 1.02, 30 s; echo b", "loss 1, 10 s\nb"))
        self.fails(says.format("echo loss 1.1", "loss 1"), "the page says\n  loss 1\nprinted was\n  loss 1.1")
        self.fails(says.format("echo lost 1", "loss 1"), "the page says")
        self.fails(says.format("echo a; echo b", "a"), "besides\n  b")
        self.fails(says.format("echo a", "a\nb"), "(nothing more)")
        self.passes(says.format("seq 9", "1\n...\n8\n..."))
        self.passes("```sh\necho 1.1\n```\n\n<!-- test: within 20 % -->\n```text\n1\n```\n")
        self.passes("```sh\necho took 9 min 38 s, 2 lost\n```\n```text\ntook 10.6 s, 2 lost\n```\n")
        self.fails("```sh\necho took 9 min 38 s, 3 lost\n```\n```text\ntook 10.6 s, 2 lost\n```\n", "3 lost")

    def test_shared_data(self):
        text = "<!-- test: shared d.h5ad -->\n```sh\ntest -s d.h5ad\nfalse\n```\n"
        self.passes(text)
        self.assertEqual(self.run_page(text, "--shared", self.root).returncode, 77)
        (self.root / "d.h5ad").write_text("x")
        self.fails(text, "left with 1", "--shared", self.root)
        self.passes(text.replace("false", "true"), "--shared", self.root)

    def test_small_tools(self):
        small = "<!-- test: small -->\n```sh\n{}\n```\n\n```text\n{}\n```\n"
        self.passes(small.format("instar fit a", "fit a --steps 60 --width 16"))
        self.passes(small.format("instar fit a --steps 7", "fit a --steps 7 --width 16"))
        self.passes("```sh\ninstar fit a\n```\n\n```text\nfit a\n```\n<!-- test: small -->\n")
        self.passes(small.format("instar info a", "info a"))
        self.passes(small.format("instar simulate moons", "simulate moons"))

    def test_python(self):
        self.passes("```python\nx = 1\n```\n```python\nassert x == 1\n```\n", "--python")
        self.fails("```python\nassert 1 == 2\n```\n", "AssertionError", "--python")
        self.passes("```python\nassert 1 == 2\n```\n")
        self.fails("```python\nx = 1\n```\n<!-- check\nassert x == 2\n-->\n", "AssertionError", "--python")
        self.fails("```python\nassert (\n```\n", "SyntaxError")

    def test_pages_that_make_no_sense(self):
        for text in ("```sh\ntrue\n", "<!-- run\ntrue\n", "<!-- test: quick -->\n"):
            with self.assertRaises(ValueError):
                pages.parse(text)

    def complaints(self, text):
        checker = check.Checker(self.bin)
        checker.page("a.md", pages.parse(text))
        return checker.wrong

    def test_flags(self):
        for good in ("`instar fit x --steps 3 -n 4`", "`fit --steps`", "`--steps`", "```sh\ninstar fit - --steps=3 | other --flag\n```",
                     "`instar fit --steps 3 | sort --unique`", "`snakemake --cores 2`", "```sh\ninstar fit a \\\n  --steps 3\n```"):
            self.assertEqual(self.complaints(good), [], good)
        for bad in ("`instar fit x --stepz 3`", "`fit --stepz`", "`--stepz`", "`instar fat x`", "```console\ninstar fit -x\n```",
                    "```sh\ninstar fit a \\\n  --stepz 3\n```", "```sh\na | instar-fit - --stepz\n```", "<!-- run\ninstar fit --stepz\n-->"):
            self.assertEqual(len(self.complaints(bad)), 1, bad)

    def test_commands_are_fenced(self):
        self.assertEqual(len(self.complaints("A:\n\n    instar fit a\n")), 1)

    def test_links(self):
        path = self.root / "README.md"
        self.assertEqual(list(check.links(path, pages.parse("[a](bin/instar) [b](https://x.org) [c](#here)"))), [])
        self.assertEqual(len(list(check.links(path, pages.parse("[a](bin/nosuch)")))), 1)


if __name__ == "__main__":
    unittest.main()
