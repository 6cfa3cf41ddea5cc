# SPDX-License-Identifier: GPL-3.0-or-later
"""What a stand-in serves HTTP with: in the background, quiet, by default on loopback."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_arguments):
        pass


class Server(ThreadingHTTPServer):
    """Serves from the start. It looks often for whether it shall stop, so that no test waits for its end."""

    def __init__(self, handler, address=("127.0.0.1", 0)):
        super().__init__(address, handler)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def close(self):
        self.shutdown()
        self.server_close()
