# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for Cloudflare's API on loopback: the paths, envelopes and errors of its published documentation."""

from __future__ import annotations

import json
import re
import time

from loopback import Handler, Server

TOKEN = "cf-api-token-5d41402abc4b2a76b9719d911017c592"
READ_ONLY = "cf-api-token-that-may-only-read-7e57"
EVERYONE, NAMED = {"everyone": {}}, {"email": {"email": "olivia@example.org"}}


def application(host, decision="allow", include=NAMED, **more):
    policy = {"id": "p1", "name": "people", "decision": decision, "include": [include], "require": [], "exclude": []}
    return {"id": f"app-{host}", "type": "self_hosted", "domain": host, "policies": [policy], **more}


class CloudflareApi:
    """One account with one tunnel. `fail`: answers to give first, as (status, headers); `slow`: seconds to wait."""

    def __init__(self, account, tunnel):
        self.account, self.tunnel = account, tunnel
        self.state = {"id": tunnel, "name": "home", "status": "healthy", "deleted_at": None, "config_src": "cloudflare"}
        self.config, self.apps = None, []
        self.fail, self.slow, self.asked = [], 0, []
        self._server = Server(self._handler())
        self.url = f"{self._server.url}/client/v4"

    def close(self):
        self._server.close()

    def _handler(api):
        class Answers(Handler):
            def do_GET(self):
                self._answer("GET")

            def do_PUT(self):
                self._answer("PUT")

            def _answer(self, method):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path = self.path.removeprefix("/client/v4")
                api.asked.append((method, path))
                time.sleep(api.slow)
                if api.fail:
                    status, headers = api.fail.pop(0)
                    return self._send(status, errors=[{"code": 971, "message": "as the test has it"}], headers=headers)
                token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
                if token not in (TOKEN, READ_ONLY):
                    return self._send(401, errors=[{"code": 1000, "message": "Invalid API Token"}])
                if method == "PUT" and token == READ_ONLY:
                    return self._send(403, errors=[{"code": 10000, "message": "Authentication error"}])
                return self._result(method, path, json.loads(body or b"{}"))

            def _result(self, method, path, body):
                tunnel = f"/accounts/{api.account}/cfd_tunnel/{api.tunnel}"
                if path == tunnel:
                    return self._send(200, api.state)
                if path == f"{tunnel}/configurations":
                    if method == "PUT":
                        api.config = body["config"]
                    version = {"tunnel_id": api.tunnel, "version": 1, "config": api.config, "source": "cloudflare"}
                    return self._send(200, version)
                found = re.fullmatch(rf"/accounts/{api.account}/access/apps\?page=(\d+)&per_page=(\d+)", path)
                if found:
                    page, size = map(int, found.groups())
                    return self._send(200, api.apps[(page - 1) * size : page * size])
                return self._send(404, errors=[{"code": 1003, "message": "Tunnel not found"}])

            def _send(self, status, result=None, errors=(), headers=None):
                text = {"success": status == 200, "errors": list(errors), "messages": [], "result": result}
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(json.dumps(text).encode())

        return Answers
