"""What MkDocs adds to the pages in docs/: the pages of the tools, which the tools print themselves; NEWS.md; and in the
nav every page that mkdocs.yml does not name."""

import os
import re
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(os.environ.get("INSTAR_TOOL_PAGES", ROOT / "build/release/share/doc/instar/tools"))


def named(nav):
    """Every page of a nav."""
    for item in nav:
        for value in item.values() if isinstance(item, dict) else [item]:
            yield from [value] if isinstance(value, str) else named(value)


def on_config(config):
    tools = next(item["Tools"] for item in config.nav if isinstance(item, dict) and "Tools" in item)
    overview = (TOOLS / "instar.md").read_text(encoding="utf-8")  # where it is missing: `make build`
    tools += [f"tools/{page}" for page in re.findall(r"\]\((instar-[a-z]+\.md)\)", overview)]
    known = set(named(config.nav))
    others = sorted(page.name for page in Path(config.docs_dir).glob("*.md") if page.name not in known)
    if others:
        config.nav.insert(-1, {"More": others})
    return config


def on_files(files, config):
    for page in sorted(TOOLS.glob("*.md")):
        files.append(File.generated(config, f"tools/{page.name}", abs_src_path=str(page)))
    files.append(File.generated(config, "news.md", abs_src_path=str(ROOT / "NEWS.md")))
    return files


def on_page_markdown(markdown, **_):
    """Without the notes to the tests (tests/docs/page.py)."""
    return re.sub(r"^<!-- (run|check|test:).*?-->\n", "", markdown, flags=re.M | re.S)
