# SPDX-License-Identifier: GPL-3.0-or-later
"""Onboard a real Home Assistant, then let years pass: the soft home that the lab starts from.

Runs inside Home Assistant's own file system, without network. Prints what tests need to know as JSON.
"""

import asyncio
import contextlib
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import yaml

BASE = "http://127.0.0.1:8123"
CLIENT = f"{BASE}/"
PHONE_CLIENT = "https://home-assistant.io/iOS"
PHONE_REDIRECT = "homeassistant://auth-callback"
CONFIG = Path("/config")
AUTH = CONFIG / ".storage" / "auth"
FORGOTTEN = "old tablet script"


class Api:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session

    async def post(self, path: str, token: str | None = None, form: dict | None = None, **body) -> dict:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        payload = {"data": form} if form else {"json": body}
        async with self.session.post(BASE + path, headers=headers, **payload) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def tokens(self, code: str, client: str) -> dict:
        form = {"grant_type": "authorization_code", "code": code, "client_id": client}
        return await self.post("/auth/token", form=form)

    async def log_in(self, person: dict, client: str, redirect: str) -> dict:
        flow = await self.post(
            "/auth/login_flow", client_id=client, handler=["homeassistant", None], redirect_uri=redirect
        )
        done = await self.post(
            f"/auth/login_flow/{flow['flow_id']}",
            client_id=client,
            username=person["username"],
            password=person["password"],
        )
        return await self.tokens(done["result"], client)

    async def commands(self, token: str, *commands: dict) -> list:
        results = []
        async with self.session.ws_connect(BASE + "/api/websocket") as socket:
            await socket.receive_json()
            await socket.send_json({"type": "auth", "access_token": token})
            assert (await socket.receive_json())["type"] == "auth_ok"
            for number, command in enumerate(commands, start=1):
                await socket.send_json({"id": number, **command})
                answer = await socket.receive_json()
                if not answer["success"]:
                    raise RuntimeError(f"{command['type']}: {answer['error']}")
                results.append(answer["result"])
        return results


@contextlib.asynccontextmanager
async def home_assistant():
    process = await asyncio.create_subprocess_exec(
        "/opt/homeassistant/bin/hass", "--config", str(CONFIG), stdout=sys.stderr, stderr=sys.stderr
    )
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
            await answers(session)
            yield Api(session)
            await asyncio.sleep(3)
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), 60)


async def answers(session: aiohttp.ClientSession) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with contextlib.suppress(aiohttp.ClientError):
            async with session.get(BASE + "/api/onboarding") as answer:
                if answer.status == 200:
                    return
        await asyncio.sleep(0.5)
    raise RuntimeError("Home Assistant does not answer")


async def move_in(api: Api, people: dict) -> str:
    owner = people["owner"]
    begun = await api.post(
        "/api/onboarding/users",
        name=owner["name"],
        username=owner["username"],
        password=owner["password"],
        client_id=CLIENT,
        language="en",
    )
    token = (await api.tokens(begun["auth_code"], CLIENT))["access_token"]
    await api.post("/api/onboarding/core_config", token)
    await api.post("/api/onboarding/analytics", token)
    await api.post("/api/onboarding/integration", token, client_id=CLIENT, redirect_uri=CLIENT)
    for role in ("family", "guest", "child"):
        await add_person(api, token, people[role])
    return token


async def add_person(api: Api, token: str, person: dict) -> None:
    group = "system-admin" if person["admin"] else "system-users"
    [made] = await api.commands(token, {"type": "config/auth/create", "name": person["name"], "group_ids": [group]})
    user = made["user"]["id"]
    await api.commands(
        token,
        {
            "type": "config/auth_provider/homeassistant/create",
            "user_id": user,
            "username": person["username"],
            "password": person["password"],
        },
        {"type": "person/create", "name": person["name"], "user_id": user, "device_trackers": []},
    )


async def live(people: dict) -> str:
    async with home_assistant() as api:
        owner = await move_in(api, people)
        await api.log_in(people["family"], PHONE_CLIENT, PHONE_REDIRECT)
        wish = {"type": "auth/long_lived_access_token", "client_name": FORGOTTEN, "lifespan": 3650}
        [forgotten] = await api.commands(owner, wish)
    return forgotten


def let_time_pass() -> dict:
    """Date the leftovers back, with Home Assistant stopped."""
    now = datetime.now(UTC)
    storage = json.loads(AUTH.read_text())
    tokens = storage["data"]["refresh_tokens"]
    forgotten = next(token for token in tokens if token["client_name"] == FORGOTTEN)
    forgotten.update(created_at=(now - timedelta(days=730)).isoformat(), last_used_at=None, last_used_ip=None)
    device = next(token for token in tokens if token["client_id"] == PHONE_CLIENT)
    device.update(
        created_at=(now - timedelta(days=400)).isoformat(),
        last_used_at=(now - timedelta(days=200)).isoformat(),
        last_used_ip="10.0.10.77",
    )
    # Home Assistant drops a session 90 days after its last use; this one has been told to stay.
    device["expire_at"] = None
    AUTH.write_text(json.dumps(storage, indent=2))
    installed_from_store(now)
    return {"forgotten_token_id": forgotten["id"], "old_device_id": device["id"]}


def installed_from_store(now: datetime) -> None:
    """What HACS writes down about what it installed: one repository is alive, the other was archived years ago."""
    repositories = {
        "101": ("somebody/garden_lights", "garden_lights", "2.0.1", 30, False),
        "102": ("somebody/pool_pump", "pool_pump", "0.3.0", 1500, True),
    }
    data = {
        number: {
            "full_name": name,
            "category": "integration",
            "domain": domain,
            "installed": True,
            "version_installed": version,
            "last_updated": (now - timedelta(days=age)).isoformat(),
            "archived": archived,
        }
        for number, (name, domain, version, age, archived) in repositories.items()
    }
    stored = {"version": "6", "minor_version": 1, "key": "hacs.repositories", "data": data}
    (CONFIG / ".storage" / "hacs.repositories").write_text(json.dumps(stored, indent=2))


async def main() -> None:
    people = yaml.safe_load(Path("/seed/secrets.yml").read_text())
    token = await live(people)
    known = let_time_pass()
    (CONFIG / "home-assistant.log").unlink(missing_ok=True)
    print(json.dumps({"forgotten_token": token, **known}))


asyncio.run(main())
