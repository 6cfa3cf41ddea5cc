# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the role pages and the control page from what the code itself reads.

python docs/generate.py            write docs/roles/*.md, docs/controls.md and docs/home_assistant_os.md
python docs/generate.py --check    exit 1 where a page is not what would be written
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / ".collections"))

from ansible_collections.hearthwall.home.plugins.module_utils.controls.checklist import ROWS, row_order
from ansible_collections.hearthwall.home.plugins.module_utils.controls.profiles import profile_of

TEMPLATES = Environment(  # noqa: S701 - the output is Markdown
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def marked(text):
    """Return Ansible's markup as Markdown: C(name), V(value), O(option) and M(module) are code."""
    return re.sub(r"\b[CVOMP]\(([^)]*)\)", r"`\1`", text)


def paragraph(text):
    """Return a description, which may be a list of paragraphs, as one table cell."""
    words = text if isinstance(text, str) else " ".join(text or [])
    return marked(" ".join(words.split())).replace("|", "\\|")


def flatten(options, prefix=""):
    """Yield (dotted name, option) for options and their suboptions."""
    for name, option in options.items():
        kind = option.get("type", "str")
        if option.get("elements"):
            kind += f" of {option['elements']}"
        if option.get("choices"):
            kind += ": " + ", ".join(f"`{choice}`" for choice in option["choices"])
        shown = f"`{option['default']!r}`" if "default" in option else ""
        yield (
            prefix + name,
            {
                "required": option.get("required", False),
                "kind": kind,
                "shown": shown.replace("|", "\\|"),
                "text": paragraph(option.get("description", "")),
            },
        )
        nested = "[]." if option.get("elements") == "dict" else "."
        yield from flatten(option.get("options") or {}, prefix + name + nested)


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}


def pages():
    """Return every generated page: {path: text}."""
    result, catalogue = {}, []
    for meta in sorted(ROOT.glob("roles/*/meta")):
        role = meta.parent.name
        spec = load(meta / "argument_specs.yml")["argument_specs"]["main"]
        declared = load(meta / "controls.yml").get("controls", [])
        controls = [{"profile": profile_of(entry["severity"]), **entry, "role": role} for entry in declared]
        catalogue += controls
        text = TEMPLATES.get_template("role.md.j2").render(
            role=role,
            spec={
                "short_description": spec["short_description"],
                "description": [
                    marked(line)
                    for line in ([spec["description"]] if isinstance(spec["description"], str) else spec["description"])
                ],
            },
            options=list(flatten(spec.get("options", {}))),
            controls=controls,
        )
        result[ROOT / "docs/roles" / f"{role}.md"] = text
    catalogue.sort(key=lambda entry: (row_order(entry["row"]), entry["id"]))
    result[ROOT / "docs/controls.md"] = TEMPLATES.get_template("controls.md.j2").render(controls=catalogue, rows=ROWS)
    page = TEMPLATES.get_template("home_assistant_os.md.j2").render(controls=catalogue)
    result[ROOT / "docs/home_assistant_os.md"] = page
    return result


def main(check):
    """Write the pages, or name those that are not current."""
    stale = []
    for path, text in pages().items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(str(path.relative_to(ROOT)))
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if stale and check:
        sys.exit(f"Not current: {', '.join(stale)}. Run `make docs` and commit what it writes.")


if __name__ == "__main__":
    main("--check" in sys.argv[1:])
