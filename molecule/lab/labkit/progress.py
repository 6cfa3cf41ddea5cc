# SPDX-License-Identifier: GPL-3.0-or-later
"""Says what is going on while something takes long."""

import contextlib
import sys
import threading
import time

_start = time.monotonic()
_lock = threading.Lock()


def say(text: str) -> None:
    with _lock:
        print(f"[{time.monotonic() - _start:6.1f} s] {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(text: str, every: float = 15):
    began = time.monotonic()
    over = threading.Event()

    def remind() -> None:
        while not over.wait(every):
            say(f"{text}: still at it, {time.monotonic() - began:.0f} s")

    say(text)
    threading.Thread(target=remind, daemon=True).start()
    try:
        yield
    finally:
        over.set()
    say(f"{text}: done in {time.monotonic() - began:.1f} s")
