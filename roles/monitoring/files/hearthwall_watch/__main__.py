# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The watcher: looks, tells, remembers, and does it again."""

from __future__ import annotations

import argparse
import json
import sys
import time

from . import memory
from .backups import Backups
from .delivery import Apprise, DeliveryError, HomeAssistant, heartbeat
from .devices import Devices
from .logins import Logins
from .outbox import Outbox
from .reach import Reach
from .updates import Updates

SETTINGS, MEMORY = "/etc/hearthwall/watch/{}.json", "/var/lib/hearthwall-watch/{}.json"
WATCHES = {each.name: each for each in (Backups, Devices, Logins, Reach, Updates)}


class Watcher:
    def __init__(self, settings, known, clock=time.time):
        self._settings, self._known, self._clock = settings, known, clock
        self._paths = {}
        if settings.get("webhook"):
            self._paths["home_assistant"] = HomeAssistant(settings["webhook"])
        if settings.get("apprise"):
            self._paths["apprise"] = Apprise(settings["apprise"])
        self._outbox = Outbox(
            known.setdefault("outbox", {}), settings["repeat"], settings["most_per_hour"], settings.get("quiet"), clock
        )
        self.watches = [WATCHES[name](given, known.setdefault(name, {})) for name, given in settings["watch"].items()]

    def tick(self):
        """Look once at everything, and deliver what is due."""
        now = self._clock()
        for watch in self.watches:
            try:
                for alert in watch.look(now):
                    if self._outbox.post(alert, self._paths):
                        say(f"{alert.level}: {alert.title}")
            except Exception as error:  # one look that fails must not blind the others
                say(f"{watch.name}: {type(error).__name__}: {error}")
        self._deliver()
        self._beat(now)

    def drill(self):
        """Send one alert of each watch through each path, past all that holds alerts back; return what came of it."""
        results = []
        for watch in self.watches:
            alert = watch.drill(self._clock()).plain()
            alert.update(title=f"Drill: {alert['title']}", key=f"drill_{watch.name}")
            for name, path in self._paths.items():
                try:
                    path.deliver(alert)
                    results.append({"watch": watch.name, "path": name, "delivered": True})
                except DeliveryError as error:
                    results.append({"watch": watch.name, "path": name, "delivered": False, "reason": str(error)})
        return results

    def _deliver(self):
        for alert, path in self._outbox.due():
            try:
                self._paths[path].deliver(alert)
            except DeliveryError as error:
                say(f"not delivered, to be tried again: {alert['title']}: {error}")
                self._outbox.failed(alert, path)
            except KeyError:  # a path that was taken out of the settings
                self._outbox.delivered(alert, path)
            else:
                self._outbox.delivered(alert, path)

    def _beat(self, now):
        beat, known = self._settings.get("heartbeat"), self._known.setdefault("heartbeat", {})
        if not beat or now < known.get("next", 0):
            return
        known["next"] = now + beat["every"]
        try:
            heartbeat(beat["url"])
        except DeliveryError as error:
            say(str(error))


def say(text):
    """Say something to the journal."""
    print(text, flush=True)


def main():
    parser = argparse.ArgumentParser(prog="hearthwall-watch")
    parser.add_argument("name", help="which watch: its settings are in /etc/hearthwall/watch")
    parser.add_argument("--drill", action="store_true", help="send one alert of each kind, and say what came of it")
    arguments = parser.parse_args()
    with open(SETTINGS.format(arguments.name), encoding="utf-8") as stream:
        settings = json.load(stream)
    if arguments.drill:
        results = Watcher(settings, {}).drill()
        print(json.dumps(results))
        sys.exit(0 if results and all(each["delivered"] for each in results) else 1)
    place = MEMORY.format(arguments.name)
    known = memory.load(place)
    watcher = Watcher(settings, known)
    say(f"watching: {', '.join(each.name for each in watcher.watches) or 'nothing'}")
    while True:
        watcher.tick()
        memory.save(place, known)
        time.sleep(settings["interval"])


if __name__ == "__main__":
    main()
