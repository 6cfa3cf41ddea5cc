# SPDX-License-Identifier: GPL-3.0-or-later
"""A visitor with a password and perhaps a code, written without Hearthwall: what does Home Assistant say?"""

import base64
import contextlib
import hashlib
import hmac
import json
import struct
import sys
import time
import urllib.parse
import urllib.request

order = json.loads(sys.argv[1])
base = f"http://127.0.0.1:{order['port']}"


def post(path, body, form=False):
    data = urllib.parse.urlencode(body).encode() if form else json.dumps(body).encode()
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    try:
        request = urllib.request.Request(base + path, data, {"Content-Type": kind})
        return json.load(urllib.request.urlopen(request, timeout=15))
    except urllib.error.HTTPError as error:
        return {"type": f"http {error.code}"}


def code(secret):
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1000000:06d}"


me = {"client_id": f"{base}/"}
flow = post("/auth/login_flow", {**me, "handler": ["homeassistant", None], "redirect_uri": f"{base}/"})
path = f"/auth/login_flow/{flow['flow_id']}"
step = post(path, {**me, "username": order["username"], "password": order["password"]})
if step.get("step_id") == "mfa" and order["secret"]:
    step = post(path, {**me, "code": code(order["secret"])})
outcome = {"type": step.get("type"), "step": step.get("step_id"), "errors": step.get("errors")}
if step.get("type") == "create_entry" and order["then"]:
    import websocket

    tokens = post("/auth/token", {**me, "grant_type": "authorization_code", "code": step["result"]}, form=True)
    socket = websocket.create_connection(f"{base.replace('http', 'ws')}/api/websocket", timeout=15)
    socket.recv()
    socket.send(json.dumps({"type": "auth", "access_token": tokens["access_token"]}))
    socket.recv()
    outcome["answers"] = []
    for number, command in enumerate(order["then"], 1):
        socket.send(json.dumps({"id": number, **command}))
        outcome["answers"].append(json.loads(socket.recv()))
    socket.close()
    # A command may have made Home Assistant restart: then the session stays.
    with contextlib.suppress(OSError):
        urllib.request.urlopen(
            base + "/auth/revoke", urllib.parse.urlencode({"token": tokens["refresh_token"]}).encode()
        )
print(json.dumps(outcome))
