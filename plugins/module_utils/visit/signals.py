# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a visit does when it is asked to end."""

from __future__ import annotations

import signal

from ansible_collections.hearthwall.home.plugins.module_utils.visit.errors import Interrupted


def catch():
    """Losing the controller must not leave half a change: carry on when it hangs up, put back when told to end."""

    def end(_number, _frame):
        raise Interrupted()

    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGHUP, signal.SIGPIPE)}
    before.update({number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)})

    def restore():
        for number, handler in before.items():
            signal.signal(number, handler)

    return restore


def ignore():
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
