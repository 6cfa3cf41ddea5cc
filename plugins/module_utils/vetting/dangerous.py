# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Calls in a piece of code that somebody should look at before approving it. A hint for reviewers, not a verdict.

Python is read as a syntax tree, so that neither strings nor aliases of imports mislead; the rest by patterns.
"""

from __future__ import annotations

import ast
import re

# What a dotted name, after the imports are resolved, means for who reviews it. The longest prefix counts.
CALLS = {
    "os.system": "starts a program",
    "os.popen": "starts a program",
    "os.exec": "starts a program",
    "os.spawn": "starts a program",
    "os.posix_spawn": "starts a program",
    "subprocess": "starts a program",
    "asyncio.create_subprocess_exec": "starts a program",
    "asyncio.create_subprocess_shell": "starts a program",
    "pty.spawn": "starts a program",
    "eval": "runs made-up code",
    "exec": "runs made-up code",
    "compile": "runs made-up code",
    "__import__": "imports by a made-up name",
    "importlib.import_module": "imports by a made-up name",
    "pickle.load": "runs made-up code",
    "marshal.load": "runs made-up code",
    "types.CodeType": "runs made-up code",
    "ctypes": "calls native code",
    "cffi": "calls native code",
    "base64.b64decode": "hides text",
    "base64.b85decode": "hides text",
    "codecs.decode": "hides text",
    "zlib.decompress": "hides text",
    "socket.socket": "opens a connection of its own",
    "socket.create_connection": "opens a connection of its own",
    "urllib.request": "opens a connection of its own",
    "os.setuid": "changes who it is",
    "os.chmod": "changes rights",
}
TEXTS = re.compile(r"\.storage/|auth_provider\.|auth_module\.|secrets\.yaml|/proc/self/environ|SUPERVISOR_TOKEN")
PAGE = (
    (re.compile(r"\beval\s*\(|\bnew\s+Function\s*\("), "runs made-up code"),
    (re.compile(r"\batob\s*\("), "hides text"),
    (re.compile(r"hassTokens|document\.cookie"), "reads the login"),
)
MOST = 1 << 20


def look(name, data):
    """Return [(line, what it does)] of one file's bytes."""
    if len(data) > MOST:
        return [(0, "is too large to be read through")]
    text = data.decode("utf-8", "replace")
    if name.endswith(".py"):
        return sorted(set(_python(text)))
    if name.endswith((".js", ".mjs", ".cjs", ".html", ".htm", ".svg", ".ts")):
        return [
            (number, why)
            for number, line in enumerate(text.splitlines(), 1)
            for pattern, why in PAGE
            if pattern.search(line)
        ]
    if name.endswith((".so", ".pyc", ".pyo", ".wasm")):
        return [(0, "is code that cannot be read")]
    return []


def _python(text):
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return [(getattr(error, "lineno", 0) or 0, "cannot be read through by this host's Python")]
    return _Reader().read(tree)


class _Reader:
    """Follows the names that imports give, and notes the calls."""

    def __init__(self):
        self._names = {}

    def read(self, tree):
        nodes = list(ast.walk(tree))
        for node in nodes:
            self._imported(node)
        return [found for node in nodes for found in self._noted(node)]

    def _imported(self, node):
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.split(".")[0]
                self._names[name] = alias.name if alias.asname else name
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                self._names[alias.asname or alias.name] = f"{node.module}.{alias.name}"

    def _noted(self, node):
        if isinstance(node, ast.Call):
            why = _meaning(self._dotted(node.func))
            if why and not (why.startswith("imports") and node.args and isinstance(node.args[0], ast.Constant)):
                yield node.lineno, f"{why} ({self._dotted(node.func)})"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found = TEXTS.search(node.value)
            if found and len(node.value) < 200:
                yield node.lineno, f"names secrets ({found.group(0)})"
        elif isinstance(node, ast.Attribute) and self._dotted(node).startswith("hass.auth"):
            yield node.lineno, "reaches for the accounts (hass.auth)"

    def _dotted(self, node):
        parts = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        return ".".join([self._names.get(node.id, node.id), *reversed(parts)])


def _meaning(name):
    """Return what calling a name means; a module stands for all that is in it, a name for those it begins."""
    for prefix in sorted(CALLS, key=len, reverse=True):
        if name == prefix or name.startswith(f"{prefix}."):
            return CALLS[prefix]
        if "." in prefix and name.startswith(prefix):
            return CALLS[prefix]
    return None
