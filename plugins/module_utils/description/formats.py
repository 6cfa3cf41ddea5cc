# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a text has to look like to be a host name, an address, a URL: each returns None, or what is wrong with it."""

from __future__ import annotations

import ipaddress
import re

_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)\Z")
_SIZE = re.compile(r"[0-9]+[kKmMgG]?\Z")
_BASE32 = re.compile(r"[A-Za-z2-7]{16,}=*\Z")


def host_name(text):
    """A fully qualified name that a certificate can be issued for."""
    if _address(text) is not None:
        return "is an address; no public authority issues a certificate for it, so a name is needed"
    if "://" in text or "/" in text:
        return "is a URL; only the host name belongs here"
    if ":" in text:
        return "has a port in it; only the host name belongs here"
    labels = text.split(".")
    if len(text) > 253 or not all(_LABEL.match(each) for each in labels):
        return "is not a valid host name (letters, digits and '-', parts joined by '.')"
    if len(labels) < 2:
        return "is not a full host name: it has no domain"
    if labels[-1].isdigit():
        return "is not a valid host name: its last part is a number"
    return None


def address(text):
    """One IP address."""
    if _address(text) is not None:
        return None
    return "is a network; one address belongs here" if network(text) is None else "is not an IP address"


def network(text):
    """An IP network in CIDR form, or one address."""
    try:
        ipaddress.ip_network(text, strict=True)
    except ValueError:
        try:
            right = ipaddress.ip_network(text, strict=False)
        except ValueError:
            return "is neither an IP address nor a network such as 10.0.40.0/24"
        return f"has host bits set; the network is {right}"
    return None


def host_or_address(text):
    """A host name, also a short one, or an address."""
    if _address(text) is not None or (text and all(_LABEL.match(each) for each in text.split("."))):
        labels = text.split(".")
        if _address(text) is None and all(each.isdigit() for each in labels):
            return "is neither a host name nor a valid IP address"
        return None
    return "is neither a host name nor an IP address"


def email(text):
    local, at, domain = text.rpartition("@")
    if not at or not local or re.search(r"[\s@,;<>]", local) or host_name(domain):
        return "is not an e-mail address"
    return None


def url(text, schemes=("http", "https")):
    found = re.match(r"([a-z][a-z0-9+.-]*)://(\[[0-9a-fA-F:.]+\]|[^/:?#\s@]+)(:[0-9]+)?([/?#]\S*)?\Z", text)
    if not found:
        return f"is not a URL such as {schemes[-1]}://name.example/"
    if found[1] not in schemes:
        return f"is a {found[1]} URL; it must be {' or '.join(schemes)}"
    name = found[2].strip("[]")
    wrong = host_or_address(name)
    if wrong:
        return f"is not a valid URL: {name} {wrong}"
    if found[3] and not 1 <= int(found[3][1:]) <= 65535:
        return f"is not a valid URL: {found[3][1:]} is no port"
    return None


def https_url(text):
    return url(text, ("https",))


def origin(text):
    """What a browser calls an origin: scheme, host and port, and nothing after them."""
    wrong = url(text)
    if wrong:
        return wrong
    return "is more than an origin: leave out everything after the host and port" if text.count("/") > 2 else None


def port_range(value):
    """A port, or a range such as 8000-8010."""
    ends = str(value).split("-") if isinstance(value, (str, int)) and not isinstance(value, bool) else []
    if 1 <= len(ends) <= 2 and all(each.isdigit() and 1 <= int(each) <= 65535 for each in ends):
        return None if int(ends[0]) <= int(ends[-1]) else "is a range that ends before it begins"
    return "is neither a port nor a range such as 8000-8010"


def size(text):
    return None if _SIZE.match(text) else "is not a size such as 128m or 16g"


def totp_secret(text):
    return None if _BASE32.match(text.replace(" ", "")) else "is not a base32 secret of 16 or more letters"


def absolute_path(text):
    return None if text.startswith("/") else "is not an absolute path"


def url_directory(text):
    right = text.startswith("/") and text.endswith("/") and not re.search(r"[\s?#{};\"']", text)
    return None if right else "is not a path that begins and ends with '/', such as /api/webhook/"


def certificates(text):
    """PEM certificates."""
    if "PRIVATE KEY" in text:
        return "holds a private key; only certificates belong here"
    return None if "-----BEGIN CERTIFICATE-----" in text else "holds no PEM certificate; give the content, not the path"


def unit(text):
    return None if re.match(r"[A-Za-z0-9:_.@\\-]+\.service\Z", text) else "is not the name of a systemd service unit"


def _address(text):
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
