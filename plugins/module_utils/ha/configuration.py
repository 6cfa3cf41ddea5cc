# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What configuration.yaml says about logging in and about http, with Home Assistant's own tags tolerated.

``!include`` is followed inside the configuration directory; ``!secret`` and ``!env_var`` are never resolved.
Without a YAML library only what needs no parser is answered: that a key is absent.
"""

from __future__ import annotations

import os
import re

try:
    import yaml
except ImportError:
    yaml = None

FILE = "configuration.yaml"
HIDDEN = "(secret)"
UNREAD = "(not read)"
NO_PARSER = "python3-yaml is not installed on this host: what configuration.yaml says of it is not read"
_DECIDING = re.compile(r"""\s+(["']?)(auth_providers|auth_mfa_modules|packages|<<)\1\s*:""")
_MAX_DEPTH = 8


class Undetermined(Exception):
    """The configuration is there but cannot be told; the message says why."""


def _loader(config_dir, depth):
    class Loader(yaml.SafeLoader):
        """PyYAML's safe loader with Home Assistant's tags."""

    def include(loader, node):
        folder = os.path.dirname(loader.name)
        return _load(config_dir, os.path.join(folder, loader.construct_scalar(node)), depth + 1)

    def include_dir(loader, suffix, node):
        folder = os.path.join(os.path.dirname(loader.name), loader.construct_scalar(node))
        merged = {} if "named" in suffix else []
        for name in _yaml_files(folder):
            content = _load(config_dir, name, depth + 1)
            if suffix == "named":
                merged[os.path.splitext(os.path.basename(name))[0]] = content
            elif suffix == "merge_named" and isinstance(content, dict):
                merged.update(content)
            elif suffix == "list":
                merged.append(content)
            elif isinstance(content, list):
                merged.extend(content)
        return merged

    Loader.add_constructor("!include", include)
    Loader.add_multi_constructor("!include_dir_", include_dir)
    Loader.add_multi_constructor("!", lambda loader, suffix, node: HIDDEN)
    return Loader


def _yaml_files(folder):
    found = []
    for current, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found.extend(
            os.path.join(current, name)
            for name in sorted(names)
            if name.endswith(".yaml") and not name.startswith(".") and name != "secrets.yaml"
        )
    return found


def _load(config_dir, path, depth):
    if depth > _MAX_DEPTH:
        raise Undetermined("its files include one another too deeply")
    real, root = os.path.realpath(path), os.path.realpath(config_dir)
    if os.path.commonpath([real, root]) != root:
        return HIDDEN
    try:
        with open(path, encoding="utf-8") as file:
            loader = _loader(config_dir, depth)(file)
            loader.name = path
            try:
                return loader.get_single_data()
            finally:
                loader.dispose()
    except OSError as error:
        raise Undetermined(f"{os.path.relpath(path, config_dir)} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        # The message of a YAML error quotes the file, which may hold secrets.
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise Undetermined(f"{os.path.relpath(path, config_dir)} is not valid YAML{where}") from error


def _text(config_dir):
    try:
        with open(os.path.join(config_dir, FILE), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise Undetermined(f"{FILE} cannot be read: {error}") from error


def _blocks(text):
    """Return {top-level key: (what follows the colon, the lines below)} of a file in block style."""
    blocks, key = {}, None
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = re.match(r"""(["']?)(\w[\w. -]*?)\1\s*:(.*)$""", line)
        if match:
            key = match.group(2)
            blocks[key] = (re.sub(r"(^|\s)#.*$", "", match.group(3)).strip(), [])
        elif key is not None and line[0] in " \t-":
            blocks[key][1].append(line)
        else:
            raise Undetermined(NO_PARSER)
    return blocks


def _without_parser(text):
    """Return what can be told of a file without a parser: keys that are absent are absent."""
    blocks = _blocks(text)
    inline, lines = blocks.get("homeassistant", ("", []))
    if inline or any(_DECIDING.match(line) for line in lines):
        raise Undetermined(NO_PARSER)
    return {"http": UNREAD} if "http" in blocks else {}


def load(config_dir):
    """Return the parsed configuration (a dict)."""
    text = _text(config_dir)
    if yaml is None:
        return _without_parser(text)
    content = _load(config_dir, os.path.join(config_dir, FILE), 0) if text else {}
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise Undetermined(f"{FILE} is not a mapping")
    return content


def _entries(core, key, default):
    value = core.get(key)
    if value is None:
        return list(default) if key not in core else []
    if value == HIDDEN:
        raise Undetermined(f"homeassistant: {key} is behind a !secret or outside the configuration directory")
    entries = value if isinstance(value, list) else [value]
    return [entry for entry in entries if isinstance(entry, dict) and entry.get("type")]


def login(configuration):
    """Return {auth_providers, trusted_networks, mfa_modules} as a start with this configuration would have them."""
    core = configuration.get("homeassistant") or {}
    if core == HIDDEN or not isinstance(core, dict):
        raise Undetermined("homeassistant: is behind a !secret or outside the configuration directory")
    providers = _entries(core, "auth_providers", [{"type": "homeassistant"}])
    modules = _entries(core, "auth_mfa_modules", [{"type": "totp"}])
    trusted = next((entry for entry in providers if entry["type"] == "trusted_networks"), None)
    if trusted is not None:
        trusted = {
            "trusted_networks": _listed(trusted.get("trusted_networks")),
            "trusted_users": sorted(str(network) for network in trusted.get("trusted_users") or {}),
            "allow_bypass_login": bool(trusted.get("allow_bypass_login")),
        }
    return {
        "auth_providers": [entry["type"] for entry in providers],
        "trusted_networks": trusted,
        "mfa_modules": [entry.get("id") or entry["type"] for entry in modules],
    }


def _listed(value):
    return [str(item) for item in (value if isinstance(value, list) else [value]) if item is not None]


def packages(configuration):
    """Return the packages of a configuration by name."""
    core = configuration.get("homeassistant")
    found = core.get("packages") if isinstance(core, dict) else None
    return {name: content for name, content in found.items() if isinstance(content, dict)} if found else {}


def http(configuration):
    """Return (the http: settings as written, where they are written); settings are None where there are none."""
    holders = [name for name, content in packages(configuration).items() if "http" in content]
    if holders:
        return packages(configuration)[holders[0]]["http"] or {}, f"package {holders[0]}"
    if "http" not in configuration:
        return None, "absent"
    settings = configuration["http"]
    if settings == UNREAD:
        raise Undetermined(NO_PARSER)
    if settings is None:
        return {}, FILE
    if not isinstance(settings, dict):
        raise Undetermined("http: is behind a !secret or outside the configuration directory")
    return settings, FILE
