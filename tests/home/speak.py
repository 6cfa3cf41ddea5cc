# SPDX-License-Identifier: GPL-3.0-or-later
"""Say some WebSocket commands to Home Assistant as one of its people, as the web page would, once it has started.

Run in the network of one of the lab's hosts. Argument: JSON {url, address, username, password, code, commands}.
Output: one JSON line, the list of the answers. It stands apart from the collection's own client, to check that one.
"""

from __future__ import annotations

import itertools
import json
import socket
import ssl
import sys
import time
import urllib.request
from urllib.parse import urlsplit

import websocket

STARTED_WITHIN = 90  # seconds


def main(order):
    """Log in through the front door, say the commands and print what was answered."""
    place = urlsplit(order["url"])
    found = socket.getaddrinfo
    socket.getaddrinfo = lambda host, *rest, **options: found(
        order["address"] if host == place.hostname else host, *rest, **options
    )
    trust_any = ssl._create_unverified_context()

    def post(path, body, form=False):
        data = "&".join(f"{key}={value}" for key, value in body.items()) if form else json.dumps(body)
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        request = urllib.request.Request(order["url"] + path, data.encode(), {"Content-Type": kind})
        with urllib.request.urlopen(request, timeout=10, context=trust_any) as answer:
            return json.load(answer)

    client = order["url"] + "/"
    flow = post("/auth/login_flow", {"client_id": client, "handler": ["homeassistant", None], "redirect_uri": client})
    step = post(
        f"/auth/login_flow/{flow['flow_id']}",
        {"client_id": client, "username": order["username"], "password": order["password"]},
    )
    if step["type"] == "form":
        step = post(f"/auth/login_flow/{flow['flow_id']}", {"client_id": client, "code": order["code"]})
    tokens = post(
        "/auth/token", {"client_id": client, "grant_type": "authorization_code", "code": step["result"]}, form=True
    )
    channel = websocket.create_connection(
        order["url"].replace("http", "ws", 1) + "/api/websocket", timeout=20, sslopt={"cert_reqs": ssl.CERT_NONE}
    )
    json.loads(channel.recv())
    channel.send(json.dumps({"type": "auth", "access_token": tokens["access_token"]}))
    answers = [json.loads(channel.recv())]
    numbers = itertools.count(1)

    def say(command):
        channel.send(json.dumps({"id": next(numbers), **command}))
        return json.loads(channel.recv())

    # Its API answers earlier, but refuses changes of its settings.
    for _second in range(STARTED_WITHIN):
        if say({"type": "get_config"})["result"]["state"] == "RUNNING":
            break
        time.sleep(1)
    print(json.dumps([*answers, *(say(command) for command in order["commands"])]))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
