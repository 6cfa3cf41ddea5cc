# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything that runs inside Home Assistant and did not come with it: one item for each thing a person approves."""

from __future__ import annotations

import hashlib
import json
import os

from ansible_collections.hearthwall.home.plugins.module_utils.ha import configuration
from ansible_collections.hearthwall.home.plugins.module_utils.vetting import content

KINDS = ("integrations", "frontend", "blueprints", "scripts", "modules", "commands")
# Packed files are served in the place of those they pack.
FRONTEND_CODE = (
    ".js",
    ".mjs",
    ".cjs",
    ".ts",
    ".html",
    ".htm",
    ".xhtml",
    ".svg",
    ".css",
    ".wasm",
    ".json",
    ".gz",
    ".br",
)
SCRIPT_FOLDERS = ("pyscript", "python_scripts", "appdaemon/apps")
PYTHON = (".py", ".pyc", ".so")
COMMAND_KEYS = ("shell_command", "command_line", "rest_command")


def item(kind, name, path=None, version=None, **more):
    """Return one item whose content is at a path."""
    found = {"kind": kind, "name": name, "path": path, "version": version, "oddities": [], **more}
    if path is not None:
        try:
            held = content.read(path)
            found.update(sha256=held.sha256, files=len(held.files), size=held.size, oddities=held.oddities)
        except (OSError, content.TooMuch) as error:
            found.update(sha256=None, files=None, size=None, oddities=[f"cannot be read: {error}"])
    return found


def _entries(folder):
    """Return (name, path) of what a folder holds, caches and hidden files left out."""
    if not os.path.isdir(folder):
        return []
    names = [name for name in sorted(os.listdir(folder)) if name != content.CACHE and not name.startswith(".")]
    return [(name, os.path.join(folder, name)) for name in names]


def integrations(config_dir):
    """Return the custom integrations, and whatever else lies among them."""
    found = []
    for name, path in _entries(os.path.join(config_dir, "custom_components")):
        if os.path.isfile(path) and not os.path.getsize(path):
            continue  # an empty __init__.py makes the folder a package
        manifest = {}
        try:
            with open(os.path.join(path, "manifest.json"), encoding="utf-8") as file:
                manifest = json.load(file)
        except (OSError, ValueError):
            pass
        manifest = manifest if isinstance(manifest, dict) else {}
        version = manifest.get("version")
        found.append(
            item(
                "integrations",
                name,
                path,
                None if version is None else str(version),
                domain=manifest.get("domain"),
                requirements=[str(each) for each in manifest.get("requirements") or []],
            )
        )
    return found


def _carries_code(path):
    if os.path.isfile(path):
        return os.path.splitext(path)[1].lower() in FRONTEND_CODE
    return any(
        os.path.splitext(name)[1].lower() in FRONTEND_CODE
        for _folder, _folders, names in os.walk(path, followlinks=True)
        for name in names
    )


def frontend(config_dir):
    """Return what the web page can load from here; pictures alone are none of it."""
    www = os.path.join(config_dir, "www")
    places = [entry for entry in _entries(www) if entry[0] != "community"]
    places += [(f"community/{name}", path) for name, path in _entries(os.path.join(www, "community"))]
    return [item("frontend", name, path) for name, path in places if _carries_code(path)]


def remote_modules(config_dir, settings):
    """Return the modules that the web page loads from elsewhere: their content is nobody's to hash."""
    urls = []
    try:
        with open(os.path.join(config_dir, ".storage", "lovelace_resources"), encoding="utf-8") as file:
            urls += [entry.get("url") for entry in json.load(file)["data"]["items"]]
    except FileNotFoundError:
        pass
    for block, key in (("lovelace", "resources"), ("frontend", "extra_module_url"), ("frontend", "extra_js_url_es5")):
        for holder in _holders(settings):
            given = (holder.get(block) or {}) if isinstance(holder.get(block), dict) else {}
            for entry in given.get(key) or []:
                urls.append(entry.get("url") if isinstance(entry, dict) else entry)
    # What begins with one slash is served by Home Assistant itself.
    remote = {str(url) for url in urls if url and (not str(url).startswith("/") or str(url).startswith("//"))}
    return [item("frontend", url, remote=True, sha256=None, files=None, size=None) for url in sorted(remote)]


def blueprints(config_dir, package):
    """Return the blueprints that Home Assistant has not put there itself."""
    root = os.path.join(config_dir, "blueprints")
    found = []
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            shown = os.path.relpath(path, root)
            if name.endswith((".yaml", ".yml")) and not _shipped(package, shown, path):
                found.append(item("blueprints", shown, path))
    return found


def _shipped(package, shown, path):
    """Return whether a blueprint is, to the letter, the one of the installed Home Assistant."""
    parts = shown.split(os.sep)
    if package is None or len(parts) != 3 or parts[1] != "homeassistant":
        return False
    origin = os.path.join(package, "components", parts[0], "blueprints", parts[2])
    return os.path.isfile(origin) and content.file_digest(origin) == content.file_digest(path)


def scripts(config_dir):
    """Return the scripts of pyscript, python_script and AppDaemon."""
    return [
        item("scripts", f"{folder}/{name}", path)
        for folder in SCRIPT_FOLDERS
        for name, path in _entries(os.path.join(config_dir, folder))
    ]


def modules(config_dir):
    """Return what Home Assistant could import by accident: Python beside configuration.yaml, and its deps folder."""
    found = []
    for name, path in _entries(config_dir):
        module = os.path.isfile(path) and name.endswith(PYTHON)
        package = os.path.isfile(os.path.join(path, "__init__.py")) and name != "custom_components"
        filled = name == "deps" and os.path.isdir(path) and os.listdir(path)
        if module or package or filled:
            found.append(item("modules", name, path))
    return found


def _holders(settings):
    return [settings, *configuration.packages(settings).values()]


def commands(settings):
    """Return the shell commands and web requests that the configuration can make."""
    found = {}
    for holder in _holders(settings):
        for key in COMMAND_KEYS:
            block = holder.get(key)
            if isinstance(block, dict):
                found.update((f"{key}.{name}", entry) for name, entry in block.items())
            elif isinstance(block, list):
                for entry in block:
                    found[f"{key}.{_label(entry)}"] = entry
        for platform in ("sensor", "binary_sensor", "switch", "cover", "notify"):
            for entry in holder.get(platform) or [] if isinstance(holder.get(platform), list) else []:
                if isinstance(entry, dict) and entry.get("platform") == "command_line":
                    found[f"command_line.{platform}.{entry.get('name', '')}"] = entry
    return [
        {**item("commands", name), "sha256": _hash(entry), "files": None, "size": None}
        for name, entry in sorted(found.items())
    ]


def _label(entry):
    """Return the name of one entry of command_line: [{sensor: {name: …}}]."""
    for kind, about in entry.items() if isinstance(entry, dict) else ():
        return f"{kind}.{about.get('name', '')}" if isinstance(about, dict) else str(kind)
    return ""


def _hash(value):
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
