# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the apps (add-ons) of a Home Assistant OS may do, against what the home accepts. Pure."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict

EXPECTED = {
    "HW-APP-01": "every app runs in protection mode",
    "HW-APP-02": "no app has a right that the home did not accept",
    "HW-APP-03": "every app has a rating of at least {rating} of 8, or is accepted as it is",
    "HW-APP-04": "every app comes from an accepted repository that still carries it",
    "HW-APP-05": "every declared app is as declared",
    "HW-APP-06": "no app opens a port that the home did not accept",
}
CONTROLS = tuple(EXPECTED)
# Rights that reach beyond an app's own container: {name in apps_accepted: is it there?}
RIGHTS = {
    "full_access": lambda app: app["full_access"],
    "docker_api": lambda app: app["docker_api"],
    "host_network": lambda app: app["host_network"],
    "host_pid": lambda app: app["host_pid"],
    "host_ipc": lambda app: app["host_ipc"],
    "host_uts": lambda app: app["host_uts"],
    "host_dbus": lambda app: app["host_dbus"],
    "apparmor_off": lambda app: app["apparmor"] == "disable",
    "kernel_modules": lambda app: app["kernel_modules"],
    "supervisor_manager": lambda app: app["hassio_role"] == "manager",
    "supervisor_admin": lambda app: app["hassio_role"] == "admin",
    "auth_api": lambda app: app["auth_api"],
}
# Capabilities by which a container gets out, or listens to others.
CAPABILITIES = ("SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO", "SYS_PTRACE", "DAC_READ_SEARCH", "NET_ADMIN", "NET_RAW", "BPF")
PORTS, RATING, UNPROTECTED = "ports", "rating", "unprotected"


class Wanted:
    """What the home says of its apps."""

    def __init__(self, declared=None, accepted=None, repositories=(), rating=4):
        self.declared = {slug: dict(about or {}) for slug, about in (declared or {}).items()}
        self.accepted = {slug: set(rights) for slug, rights in (accepted or {}).items()}
        self.repositories = set(repositories)
        self.rating = rating

    def accepts(self, app, right):
        return right in self.accepted.get(app["slug"], ())


def rights(app):
    """Return the rights of an app that reach beyond its container."""
    found = [name for name, has in RIGHTS.items() if has(app)]
    return found + [name for name in app["privileged"] or [] if name in CAPABILITIES]


def ports(app):
    """Return the host's ports that an app opens, as `port (what the app calls it)`."""
    return [f"{port} ({name})" for name, port in sorted((app["network"] or {}).items()) if port]


def findings(wanted, apps, differing):
    """Return {control: what is wrong}."""
    found = {control: [] for control in CONTROLS}

    def say(control, app, what):
        found[control].append(f"{app['name']} ({app['slug']}): {what}")

    for app in apps:
        if app["protected"] is False and not wanted.accepts(app, UNPROTECTED):
            say("HW-APP-01", app, "protection mode is off")
        beyond = [right for right in rights(app) if not wanted.accepts(app, right)]
        if beyond:
            say("HW-APP-02", app, ", ".join(beyond))
        if (app["rating"] or 0) < wanted.rating and not wanted.accepts(app, RATING):
            say("HW-APP-03", app, f"rated {app['rating']}")
        if app["detached"] or not app["available"]:
            say("HW-APP-04", app, "its repository no longer carries it: it gets no updates")
        elif app["stage"] == "deprecated":
            say("HW-APP-04", app, "its author calls it deprecated")
        elif app["repository"] not in wanted.repositories:
            say("HW-APP-04", app, f"from the repository {app['repository']}, which is not accepted")
        opened = ports(app)
        asked = wanted.declared.get(app["slug"], {}).get("network") or {}
        undeclared = [port for port in opened if int(port.split(" ")[0]) not in asked.values()]
        if undeclared and not wanted.accepts(app, PORTS):
            say("HW-APP-06", app, f"opens {', '.join(undeclared)}")
    found["HW-APP-05"] = list(differing)
    return found


def verdicts(wanted, supervisor, unknown, differing, changed=()):
    """Return one verdict for each control of the apps; ``differing``: how declared apps deviate."""
    expected = {control: text.format(rating=wanted.rating) for control, text in EXPECTED.items()}
    if supervisor is None or supervisor.get("apps") is None:
        why = unknown.get("supervisor.apps") or "the apps were not looked at"
        return [verdict(control, "unknown", expected[control], why) for control in CONTROLS]
    apps = supervisor["apps"]
    unread = [f"{app['slug']}: {unknown.get('supervisor.apps.' + app['slug'])}" for app in apps if not app["known"]]
    found = findings(wanted, [app for app in apps if app["known"]], differing)
    spoken = []
    for control in CONTROLS:
        wrong = found[control]
        status = "fail" if wrong else "unknown" if unread else "pass"
        actual = "; ".join(wrong or unread) or f"{len(apps)} apps, none of them"
        if control == "HW-APP-05" and status == "pass":
            actual = f"{len(wanted.declared)} declared, all as declared"
        spoken.append(verdict(control, status, expected[control], actual, "/addons", control in changed))
    return spoken
