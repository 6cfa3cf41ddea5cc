# SPDX-License-Identifier: GPL-3.0-or-later
"""One visit: it reaches its goal, or everything is as before - whatever fails, wherever it is cut short."""

from __future__ import annotations

import os
import signal

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.host import place
from ansible_collections.hearthwall.home.plugins.module_utils.visit import clock, errors, execute, journal, rollback

from .conftest import Fault, tree, visit


def test_it_reaches_its_goal(whole, host, home, manager):
    result = visit(whole(), home).run()
    assert result["changed"] and not result["still"]
    assert (host / "old.conf").read_text() == "new\n"
    assert oct((host / "old.conf").stat().st_mode)[-3:] == "600"
    assert oct((host / "new.d").stat().st_mode)[-3:] == "750"
    assert os.readlink(host / "current") == "old.conf"
    assert not (host / "too-many").exists()
    assert manager.asked == ["reload-or-restart web.service", "enable extra.service", "start extra.service"]
    assert os.listdir(home / "journal") == []
    assert not [name for name in os.listdir(home) if name.startswith("stage-")]


def test_the_second_time_nothing_differs(whole, home, manager):
    visit(whole(), home).run()
    manager.asked.clear()
    result = visit(whole(), home).run()
    assert not result["changed"]
    assert manager.asked == []


def faults():
    return ["journal", "make", "prepare", "validate", "swap", "command", "service", "finish", "health", "done"]


@pytest.mark.parametrize("kind", faults())
@pytest.mark.parametrize(
    "how", [Fault("broken"), OSError(28, "No space left on device"), errors.Interrupted(), ValueError("bug")]
)
def test_whatever_fails_everything_is_put_back(whole, host, home, manager, kind, how):
    before, units = tree(host), {name: dict(state) for name, state in manager.state.items()}

    def observer(step):
        if step.startswith(kind):
            raise how

    with pytest.raises((errors.VisitError, type(how))) as caught:
        visit(whole(), home, observer).run()
    if kind != "journal":
        assert isinstance(caught.value, errors.VisitError)
        assert "put back" in str(caught.value) or "Nothing was swapped in" in str(caught.value)
    assert tree(host) == before
    now = {name: state for name, state in manager.state.items() if name in units}
    assert now == units
    extra = manager.state.get("extra.service", {"active": "inactive", "enabled": "disabled"})
    assert extra == {"active": "inactive", "enabled": "disabled"}
    assert not journal.pending(str(home))


def test_every_single_step_can_fail(whole, host, home, manager):
    before = tree(host)
    steps = ["?"]
    number = 0
    while steps:
        seen = []

        def observer(step, seen=seen, number=number):
            seen.append(step)
            if len(seen) == number + 1:
                raise Fault("broken")

        try:
            visit(whole(), home, observer).run()
            steps = []
        except (errors.VisitError, Fault):
            assert tree(host) == before, seen[-1]
        number += 1
    assert number > 15


@pytest.mark.parametrize("number", range(1, 22))
def test_killed_at_any_step_the_next_visit_puts_it_back(whole, host, home, manager, number):
    before = tree(host)
    child = os.fork()
    if child == 0:
        seen = []

        def observer(step):
            seen.append(step)
            if len(seen) == number:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            visit(whole(), home, observer).run()
        finally:
            os._exit(0)
    status = os.waitpid(child, 0)[1]
    if not os.WIFSIGNALED(status):
        return
    left = journal.pending(str(home))
    assert all(item["state"] == "unfinished" for item in left)
    for item in left:
        assert rollback.put_back(os.path.join(journal.base(str(home)), item["id"])) == ([], [])
    assert tree(host) == before
    assert not visit(whole(), home).run()["still"]


def test_a_visit_recovers_what_was_cut_short(whole, host, home, manager):
    child = os.fork()
    if child == 0:
        visit(whole(), home, lambda step: step == "done" and os.kill(os.getpid(), signal.SIGKILL)).run()
        os._exit(0)
    os.waitpid(child, 0)
    assert (host / "old.conf").read_text() == "new\n"
    result = visit(whole(), home).run()
    assert len(result["recovered"]) == 1
    assert result["changed"] and not result["still"]


def test_a_refused_configuration_is_never_swapped_in(wish, host, home, manager):
    before = tree(host)
    validate = [{"argv": ["sh", "-c", "echo no such directive >&2; exit 1", "{stage}"], "trees": [str(host)]}]
    with pytest.raises(errors.VisitError, match="refused.*no such directive.*Nothing was swapped in"):
        visit(wish(validate=validate), home).run()
    assert tree(host) == before
    assert manager.asked == []


def test_the_stage_holds_the_whole_new_state(wish, host, home, manager):
    script = 'cd "$1" && grep -q new old.conf && test -e new.d/sub/a.conf && test ! -e too-many && test -L current'
    validate = [{"argv": ["sh", "-c", script, "sh", f"{{stage}}{host}"], "trees": [str(host)]}]
    assert visit(wish(validate=validate), home).run()["changed"]


def test_a_reload_that_fails_is_put_back_and_reloaded_again(whole, host, home, manager):
    before = tree(host)
    manager.failing.add(("reload-or-restart", "web.service"))
    with pytest.raises(errors.VisitError, match="reload-or-restart web.service.*Putting back failed too"):
        visit(whole(), home).run()
    assert tree(host) == before
    left = journal.pending(str(home))
    assert left[0]["state"] == "stuck"
    manager.failing.clear()
    assert not visit(whole(), home).run()["still"]


def test_where_putting_back_fails_it_says_what_and_where(whole, host, home, manager, monkeypatch):
    real = place.put_file

    def broken(path, data, *more, **named):
        if path == f"{host}/old.conf" and data == b"old\n":
            raise OSError(28, "No space left on device")
        return real(path, data, *more, **named)

    monkeypatch.setattr(place, "put_file", broken)
    with pytest.raises(errors.VisitError) as caught:
        visit(whole(), home, lambda step: (_ for _ in ()).throw(Fault("broken")) if step == "done" else None).run()
    text = str(caught.value)
    assert caught.value.stuck
    assert f"{host}/old.conf: [Errno 28]" in text
    saved = text.split(f"{host}/old.conf is ")[1].split(",")[0].rstrip(").")
    folder = text.split("the saved copies are in ")[1].split(" ")[0]
    assert place.read(os.path.join(folder, saved)) == b"old\n"


def test_somebodys_edit_since_the_snapshot_is_seen(whole, host, home, manager):
    seen = visit(whole(), home).look()
    (host / "old.conf").write_text("by hand\n")
    result = visit(whole(), home, expected=seen).run()
    assert result["replanned"] == [f"{host}/old.conf"]
    assert (host / "old.conf").read_text() == "new\n"


def test_somebody_was_faster(whole, host, home, manager):
    seen = visit(whole(), home).look()
    visit(whole(), home).run()
    manager.asked.clear()
    result = visit(whole(), home, expected=seen).run()
    assert not result["changed"] and result["replanned"]
    assert manager.asked == []


def test_a_directory_in_the_way_stops_it_before_anything(wish, host, home, manager):
    (host / "old.conf").unlink()
    (host / "old.conf").mkdir()
    before = tree(host)
    with pytest.raises(errors.VisitError, match="is a directory, where a file should be. Nothing was changed"):
        visit(wish(), home).run()
    assert tree(host) == before


def test_a_missing_package_stops_it(wish, home, manager):
    with pytest.raises(errors.VisitError, match="not installed: certbot. Nothing was changed"):
        visit(wish(packages=["certbot"]), home).run()


def test_secrets_stay_out_of_errors(wish, host, home, manager):
    noisy = [{"argv": ["sh", "-c", f"cat {host}/secret; cat {host}/secret >&2; exit 3"]}]
    with pytest.raises(errors.VisitError) as caught:
        visit(wish(finish=noisy), home).run()
    assert "hunter2" not in str(caught.value)
    hidden = [{"argv": ["sh", "-c", "echo hunter3 >&2; exit 3"], "secret": True}]
    with pytest.raises(errors.VisitError) as caught:
        visit(wish(finish=hidden), home).run()
    assert "hunter3" not in str(caught.value)


def test_what_a_directory_got_meanwhile_is_kept(wish, host, home, manager):
    drop = [{"argv": ["touch", f"{host}/new.d/mine"]}, {"argv": ["false"]}]
    with pytest.raises(errors.VisitError, match="did not write: left in place"):
        visit(wish(finish=drop), home).run()
    assert os.listdir(host / "new.d") == ["mine"]


def test_units_that_came_with_a_package_are_switched_off_again(wish, home, manager):
    manager.state["web.service"] = {"active": "active", "enabled": "enabled"}
    broken = visit(wish(finish=[{"argv": ["false"]}]), home, expected={"services": {}}, installed=["web"])
    with pytest.raises(errors.VisitError):
        broken.run()
    assert manager.state["web.service"] == {"active": "inactive", "enabled": "disabled"}


def test_one_visit_at_a_time(wish, home, manager, monkeypatch):
    visit(wish(), home).run()
    monkeypatch.setattr(clock, "now", iter(range(0, 100000, 100)).__next__)
    with journal.locked(str(home)), pytest.raises(journal.JournalError, match="held by another process"):
        visit(wish(), home).run()


def test_anothers_unconfirmed_change_is_not_touched(wish, host, home, manager):
    folder = journal.create("other", paths=[f"{host}/old.conf"], home=str(home))
    journal.update(folder, state=journal.UNCONFIRMED, guard={"timer": "t", "files": []}, deadline=clock.now() + 60)
    with pytest.raises(errors.VisitError, match="role other.*waits to be confirmed"):
        visit(wish(), home).run()


def test_the_manifest_names_what_is_managed(wish, host, home, manager):
    visit(wish(), home).run()
    known = execute.manifest.read(str(home))
    assert known["paths"][f"{host}/secret"] == {"role": "web", "control": "HW-WEB-01", "secret": True}
    assert known["units"] == {"web.service": {"role": "web"}, "extra.service": {"role": "web"}}
