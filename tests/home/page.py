# SPDX-License-Identifier: GPL-3.0-or-later
"""Log in to Home Assistant in a real browser and say what happened: run in the network of one of the lab's hosts.

Argument: JSON {url, address, username, password, code, screenshot}. Output: one JSON line.
"""

from __future__ import annotations

import json
import sys
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--ignore-certificate-errors",
]


def main(order):
    """Open the page, log in with password and code, wait for the dashboard's WebSocket."""
    name = urlsplit(order["url"]).hostname
    frames, errors = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[*FLAGS, f"--host-resolver-rules=MAP {name} {order['address']}"],
        )
        page = browser.new_context(ignore_https_errors=True).new_page()
        page.set_default_timeout(45_000)

        def watch(socket):
            socket.on("framereceived", lambda frame: frames.append(str(frame)[:200]))

        page.on("websocket", watch)
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(order["url"])
        page.locator("input[name=username]").fill(order["username"])
        page.locator("input[name=password]").fill(order["password"])
        page.keyboard.press("Enter")
        code = page.locator("input[name=code]")
        code.wait_for()
        code.fill(order["code"])
        page.keyboard.press("Enter")
        page.locator("home-assistant-main").wait_for(state="attached")
        page.wait_for_timeout(3000)
        page.screenshot(path=order["screenshot"])
        title = page.title()
        browser.close()
    refused = [text for text in errors if "Content Security Policy" in text or "Refused" in text]
    print(
        json.dumps(
            {
                "title": title,
                "frames": len(frames),
                "authenticated": any("auth_ok" in f for f in frames),
                "refused": refused,
            }
        )
    )


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
