# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What fw4 would load: `fw4 print` as the document that `nft -j list ruleset` gives of it once it is loaded.

So the rules can be judged before they run. What cannot be read stays in its rule as an expression that nobody knows,
so that the rule counts as unknown, never as absent.
"""

from __future__ import annotations

import ipaddress
import re

TOKEN = re.compile(r'"[^"]*"|[{}();,]|==|!=|<=|>=|[&|<>=](?=\s)|[^\s{}();,"]+|\n')
INCLUDE = re.compile(r'\s*include "([^"]*)"')
FAMILY, TABLE = "inet", "fw4"
PRIORITIES = {"raw": -300, "mangle": -150, "dstnat": -100, "filter": 0, "security": 50, "srcnat": 100}
VERDICTS = ("accept", "drop", "return", "continue")
MSS_FIX = ["option", "maxseg", "size", "set", "rt", "mtu"]
PAYLOADS = ("ip", "ip6", "tcp", "udp", "udplite", "sctp", "dccp", "icmp", "icmpv6", "ether", "th")
# nft names the numbers that fw4 writes.
ICMP = {0: "echo-reply", 3: "destination-unreachable", 5: "redirect", 8: "echo-request", 9: "router-advertisement"}
ICMP.update({10: "router-solicitation", 11: "time-exceeded", 12: "parameter-problem"})
ICMPV6 = {1: "destination-unreachable", 2: "packet-too-big", 3: "time-exceeded", 4: "parameter-problem"}
ICMPV6.update({128: "echo-request", 129: "echo-reply", 130: "mld-listener-query", 131: "mld-listener-report"})
ICMPV6.update({132: "mld-listener-done", 133: "nd-router-solicit", 134: "nd-router-advert", 135: "nd-neighbor-solicit"})
ICMPV6.update({136: "nd-neighbor-advert", 137: "nd-redirect", 143: "mld2-listener-report"})
TYPES = {"icmp": ICMP, "icmpv6": ICMPV6}


class Fw4Error(ValueError):
    """This is not the ruleset of fw4."""


def complaints(said):
    """Return the lines in which fw4 says that it left something out: each is a rule that will not be there."""
    return [line.strip() for line in said.splitlines() if line.lstrip().startswith(("[!]", "\x1b[33m"))]


def document(text, files=None):
    """Return {"nftables": […]} of what `fw4 print` wrote, and the included files whose text is not among ``files``."""
    reader = _Reader(_spliced(text, files or {}))
    items, includes = [{"table": {"family": FAMILY, "name": TABLE, "handle": 0}}], []
    seen = False
    while not reader.done():
        word = reader.take()
        if word == "table" and reader.line()[-1:] == ["{"]:
            seen = True
            reader.skip_line()
            _table(reader, items, includes)
        else:
            reader.skip_line()
    if not seen:
        raise Fw4Error("fw4 printed no table of its own")
    return {"nftables": items}, includes


def _spliced(text, files):
    """Return the text with the included files in their places."""
    lines = []
    for line in text.splitlines():
        found = INCLUDE.match(line)
        lines += files[found[1]].splitlines() if found and found[1] in files else [line]
    return "\n".join(lines)


class _Reader:
    """The words of a text, with its line ends."""

    def __init__(self, text):
        self.words = TOKEN.findall("\n".join(line.split("#")[0] if '"' not in line else line for line in _lines(text)))
        self.position = 0

    def done(self):
        while self.position < len(self.words) and self.words[self.position] == "\n":
            self.position += 1
        return self.position >= len(self.words)

    def take(self):
        word = self.words[self.position]
        self.position += 1
        return word

    def line(self):
        """Return the rest of this line, without moving."""
        end = self.position
        while end < len(self.words) and self.words[end] != "\n":
            end += 1
        return self.words[self.position : end]

    def skip_line(self):
        line = self.line()
        self.position += len(line)
        return line

    def block(self):
        """Return the lines up to the brace that closes the block just opened."""
        lines, current, depth = [], [], 1
        while self.position < len(self.words):
            word = self.take()
            depth += {"{": 1, "}": -1}.get(word, 0)
            if not depth:
                break
            if word == "\n" and depth == 1:
                lines.append(current)
                current = []
            elif word != "\n":
                current.append(word)
        return [line for line in [*lines, current] if line]


def _lines(text):
    return [line for line in text.splitlines() if not line.lstrip().startswith("#")]


def _table(reader, items, includes):
    chains, rules = [], []
    while not reader.done():
        word = reader.take()
        if word == "}":
            break
        if word == "include":
            includes += [_plain(part) for part in reader.skip_line()]
        elif word == "define":
            reader.skip_line()
        elif word in ("chain", "set", "flowtable", "limit", "ct"):
            head = reader.skip_line()
            lines = reader.block()
            if word == "chain":
                _chain(_plain(head[0]), lines, chains, rules, includes)
            elif word == "set":
                items.append({"set": _set(_plain(head[0]), lines)})
        else:
            raise Fw4Error(f"{word} {' '.join(reader.skip_line())!r} inside the table")
    items += [{"chain": chain} for chain in chains] + [{"rule": rule} for rule in rules]


def _chain(name, lines, chains, rules, includes):
    chain = {"family": FAMILY, "table": TABLE, "name": name, "handle": len(chains) + 1}
    for line in lines:
        if line[:1] == ["type"]:
            words = [word for word in line if word != ";"]
            chain.update(type=words[1], hook=words[3], prio=PRIORITIES.get(words[5], words[5]), policy=words[7])
        elif line[:1] == ["include"]:
            includes += [_plain(part) for part in line[1:]]
        else:
            expressions, comment = _rule([word for word in line if word != ";"])
            rule = {"family": FAMILY, "table": TABLE, "chain": name, "handle": len(rules) + 1, "expr": expressions}
            rules.append(dict(rule, comment=comment) if comment else rule)
    chains.append(chain)


def _set(name, lines):
    found = {"family": FAMILY, "table": TABLE, "name": name, "type": "", "elem": []}
    for line in lines:
        if line[0] == "type":
            kinds = [word for word in line[1:] if word != "."]
            found["type"] = kinds[0] if len(kinds) == 1 else kinds
        elif line[0] == "elements":
            found["elem"] = _members([word for word in line if word not in ("{", "}")][2:], "")
    return found


def _rule(words):
    """Return (expressions, comment) of one rule."""
    expressions, comment = [], None
    while words:
        if words[0] == "comment":
            comment, words = _plain(words[1]), words[2:]
            continue
        expression, words = _expression(words)
        expressions.append(expression)
    return expressions, comment


def _expression(words):
    first, rest = words[0], words[1:]
    if first in VERDICTS or first in ("masquerade", "notrack"):
        return {first: None}, rest
    if first == "counter":
        return {"counter": {"packets": 0, "bytes": 0}}, rest
    if first in ("jump", "goto"):
        return {first: {"target": _plain(rest[0])}}, rest[1:]
    if first == "reject":
        return _reject(rest)
    if first == "log" and rest[:1] == ["prefix"]:
        return {"log": {"prefix": _plain(rest[1])}}, rest[2:]
    if first == "limit":
        return _limit(rest)
    if first in ("dnat", "snat"):
        return {first: _translation(rest[0])}, rest[1:]
    if first == "redirect":
        return ({"redirect": {"port": _value(rest[1])}}, rest[2:]) if rest[:1] == ["to"] else ({"redirect": None}, rest)
    if first == "flow":
        return {"flow": {"op": "add", "flowtable": rest[-1]}}, []
    if first == "tcp" and rest[:6] == MSS_FIX:
        size = {"tcp option": {"name": "maxseg", "field": "size"}}
        return {"mangle": {"key": size, "value": {"rt": {"key": "mtu"}}}}, rest[6:]
    left = _left(words)
    return _match(*left) if left else ({"unreadable": " ".join(words)}, [])


def _reject(rest):
    if rest[:3] == ["with", "tcp", "reset"]:
        return {"reject": {"type": "tcp reset"}}, rest[3:]
    if rest[:3] == ["with", "icmpx", "type"]:
        return {"reject": {"type": "icmpx", "expr": rest[3]}}, rest[4:]
    return {"reject": None}, rest


def _limit(rest):
    if rest[0] == "name":
        return {"limit": _plain(rest[1])}, rest[2:]
    rate, _slash, unit = rest[1].partition("/")
    body, rest = {"rate": int(rate), "burst": 5, "per": unit}, rest[2:]
    if rest[:1] == ["burst"]:
        body["burst"], rest = int(rest[1]), rest[3:]
    return {"limit": body}, rest


def _translation(word):
    if word.startswith("["):
        address, _bracket, port = word[1:].partition("]")
        port = port.lstrip(":")
    elif word.count(":") > 1:
        address, port = word, ""
    else:
        address, _colon, port = word.partition(":")
    body = {"addr": address}
    if address:
        body = {"family": "ip6" if ":" in address else "ip", "addr": address}
    return dict(body, port=_value(port)) if port else body


def _left(words):
    """Return (what a match looks at, the kind of its values, the words after it); None where it is not known."""
    first = words[0]
    if first in ("iif", "oif", "iifname", "oifname"):
        return {"meta": {"key": first}}, "name", words[1:]
    if first == "meta" and words[1] in ("nfproto", "l4proto", "mark") and "set" not in words[2:3]:
        return {"meta": {"key": words[1]}}, words[1], words[2:]
    if first == "fib" and words[1:3] == ["daddr", "type"]:
        return {"fib": {"result": "type", "flags": ["daddr"]}}, "name", words[3:]
    if words[:2] == ["ip6", "hoplimit"]:
        return {"payload": {"protocol": "ip6", "field": "hoplimit"}}, "", words[2:]
    if first == "ct" and words[1] in ("state", "status"):
        return {"ct": {"key": words[1]}}, "name", words[2:]
    if first in PAYLOADS and len(words) > 2 and words[1] in ("saddr", "daddr", "sport", "dport", "type", "flags"):
        kind = first if words[1] == "type" else words[1]
        left = {"payload": {"protocol": first, "field": words[1]}}
        if words[2:5] == [".", first, "code"]:
            code = {"payload": {"protocol": first, "field": "code"}}
            return {"concat": [left, code]}, kind, words[5:]
        return left, kind, words[2:]
    return None


def _match(left, kind, words):
    if words[:1] in (["&"], ["and"]):
        mask, words = _right(words[1:], kind)
        left = {"&": [left, mask]}
    if words[:1] == ["vmap"]:
        pairs, words = _braced(words[1:])
        return {"vmap": {"key": left, "data": {"set": [_mapped(pair) for pair in pairs]}}}, words
    operator = "in" if kind == "name" and "ct" in left else "=="
    if words[:1] in (["=="], ["!="], ["<="], [">="]):
        operator, words = words[0], words[1:]
    right, words = _right(words, kind)
    if words[:1] == ["/"]:
        # `tcp flags syn / fin,syn,rst`: of these flags, that one.
        end = next((index for index in range(2, len(words), 2) if words[index : index + 1] != [","]), len(words))
        left, words = {"&": [left, words[1:end:2]]}, words[end:]
    if isinstance(right, dict) and "set" in right and operator == "in":
        operator = "=="
    return {"match": {"op": operator, "left": left, "right": right}}, words


def _right(words, kind):
    if words[0] == "{":
        members, rest = _braced(words)
        found = [_member(member, kind) for member in members]
        return ({"set": found} if len(found) > 1 or kind == "concat" else {"set": found}), rest
    if words[0] == "(":
        end = words.index(")")
        return [word for word in words[1:end] if word != "|"], words[end + 1 :]
    return _value(words[0], kind), words[1:]


def _braced(words):
    """Return (the members between braces, each a list of words, the words after)."""
    end = words.index("}")
    members, current = [], []
    for word in words[1:end]:
        if word == ",":
            members.append(current)
            current = []
        else:
            current.append(word)
    return [member for member in [*members, current] if member], words[end + 1 :]


def _members(words, kind):
    members, _rest = _braced(["{", *words, "}"])
    return [_member(member, kind) for member in members]


def _member(words, kind):
    if "." in words:
        kinds = [kind, "code"]
        parts = [_value(word, kinds[min(index, 1)]) for index, word in enumerate(word for word in words if word != ".")]
        return {"concat": parts}
    return _value(words[0], kind)


def _mapped(words):
    return [_value(words[0]), _expression(words[2:])[0]]


def _plain(word):
    return word[1:-1] if word.startswith('"') else word


def _value(word, kind=""):
    if word.startswith('"'):
        return word[1:-1]
    if kind in TYPES and word.isdecimal():
        return TYPES[kind].get(int(word), int(word))
    if re.fullmatch(r"\d+", word):
        return int(word)
    if re.fullmatch(r"\d+-\d+", word):
        return {"range": [int(part) for part in word.split("-")]}
    if re.fullmatch(r"0x[0-9a-fA-F]+", word):
        return int(word, 16)
    address, slash, length = word.partition("/")
    if slash and length.isdecimal() and _address(address):
        return {"prefix": {"addr": address, "len": int(length)}}
    low, dash, high = word.partition("-")
    if dash and _address(low) and _address(high):
        return {"range": [low, high]}
    return word


def _address(text):
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
