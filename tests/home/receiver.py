# SPDX-License-Identifier: GPL-3.0-or-later
"""Receive alerts: a web server that takes every POST and writes down what came and when, one JSON line each."""

from __future__ import annotations

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT, FILE = int(sys.argv[1]), sys.argv[2]


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with open(FILE, "a", encoding="utf-8") as stream:
            stream.write(json.dumps({"at": time.time(), "path": self.path, **json.loads(body or b"{}")}) + "\n")
        self.send_response(200)
        self.end_headers()

    def do_GET(self):
        with open(FILE, "a", encoding="utf-8") as stream:
            stream.write(json.dumps({"at": time.time(), "path": self.path}) + "\n")
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_words):
        pass


ThreadingHTTPServer(("", PORT), Receiver).serve_forever()
