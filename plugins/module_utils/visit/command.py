# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Running one command, bounded in time, with what it said.

Standard library only: the guard runs this file by itself.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import tempfile

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TIMEOUT = 60
TAIL = 2000


class CommandError(Exception):
    """A command did not do what it was started for; the text says which and what it said."""


def words(argv):
    """Return a command as one would type it."""
    return " ".join(shlex.quote(word) for word in argv)


def run(argv, timeout=TIMEOUT, data=None):
    """Run a command and return its standard output; raise if it fails or does not end in time."""
    # Files instead of pipes: a daemon that the command leaves behind must not keep us waiting.
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as given:
        given.write(data or b"")
        given.seek(0)
        try:
            process = subprocess.Popen(
                argv,
                stdin=given,
                stdout=output,
                stderr=errors,
                env=dict(os.environ, LC_ALL="C.UTF-8", PATH=PATH),
                start_new_session=True,
                cwd="/",
            )
        except OSError as error:
            raise CommandError(f"`{words(argv)}` could not be started: {error.strerror}") from None
        late = False
        try:
            process.wait(timeout=timeout)
        except subprocess.TimeoutExpired:
            late = True
        finally:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        code = process.returncode
        if late:
            raise CommandError(f"`{words(argv)}` did not end within {timeout:g} s{_said(errors, output)}")
        if code < 0:
            raise CommandError(f"`{words(argv)}` was ended by signal {-code}{_said(errors, output)}")
        if code:
            raise CommandError(f"`{words(argv)}` failed with exit status {code}{_said(errors, output)}")
        output.seek(0)
        return output.read().decode("utf-8", "replace")


def _said(*streams):
    for stream in streams:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - TAIL))
        text = stream.read().decode("utf-8", "replace").strip()
        if text:
            return f": {text}"
    return ""
