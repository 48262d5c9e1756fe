# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When progress is shown, by a clock that the test moves; and a thread that disturbs nobody."""

from __future__ import annotations

import os
import threading
import types
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._execute.progress import Figures, Progress, Stage
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.steps import Phase
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._progress import of_task
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._progress.of_task import ticker_of
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._progress.screen import Manner, Screen
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._progress.ticker import Named, Pace, Rate, Ticker

NAMED = Named("ns_sync", "localhost", "www")
QUICK = Pace(tick=0.001, first=0.0)


class Display:
    """Keeps what is displayed. ``breaks``: it cannot be."""

    def __init__(self, breaks: bool = False) -> None:
        self.shown: list[str] = []
        self.traces: list[str] = []
        self.breaks = breaks
        self.has_shown = threading.Event()

    def display(self, text: str, **_how: t.Any) -> None:
        self.has_shown.set()
        if self.breaks:
            raise BrokenPipeError("nobody there")
        self.shown.append(text)

    def vvv(self, text: str) -> None:
        self.traces.append(text)


class Run:
    """A progress that says what the test sets."""

    def __init__(self) -> None:
        self.now = Figures(Stage.COMPARING)

    def figures(self) -> Figures:
        return self.now


class Scene:
    """A ticker without its thread. ``told``: what it shows, by the second."""

    def __init__(self, how: Manner, *, elsewhere: bool = False) -> None:
        self.run, self.display, self.seconds = Run(), Display(), 0.0
        progress = None if elsewhere else t.cast(Progress, self.run)
        screen = Screen(how, self.display, lambda: 80)
        self.ticker = Ticker(NAMED, screen, progress, clock=lambda: self.seconds)

    def told(self, until: float, changes: t.Mapping[float, Figures] | None = None) -> dict[float, str]:
        """Looks twice a second; at some moments the figures become others."""
        found: dict[float, str] = {}
        while self.seconds < until:
            self.seconds += 0.5
            self.run.now = (changes or {}).get(self.seconds, self.run.now)
            self.ticker.look()
            found.update(dict.fromkeys([self.seconds] if self.display.shown else [], "".join(self.display.shown)))
            self.display.shown.clear()
        return found


def phase(which: Phase, done: int = 0) -> Figures:
    return Figures(Stage.CHANGING, phase=which, number=1, phases=1, done=done, total=100)


def test_lines_come_after_five_seconds_and_every_thirty() -> None:
    assert list(Scene(Manner.LINES).told(100)) == [5.0, 35.0, 65.0, 95.0]


def test_a_new_phase_is_told_but_not_too_often() -> None:
    told = Scene(Manner.LINES).told(
        60, {7.0: phase(Phase.ASSETS), 8.0: phase(Phase.LINKS), 20.0: phase(Phase.LINKS, 5), 22.5: phase(Phase.DELETES)}
    )
    assert list(told) == [5.0, 10.0, 22.5, 52.5]
    assert [line.split(": ")[1].split(",")[0] for line in told.values()] == ["comparing", "links", "deletes", "deletes"]


def test_a_terminal_is_drawn_twice_a_second() -> None:
    told = Scene(Manner.REDRAW).told(7)
    assert list(told) == [5.0, 5.5, 6.0, 6.5, 7.0]
    assert told[7.0] == "\r\x1b[K  www: comparing  0 looked at, 0 differ, 0:07"


@pytest.mark.parametrize("how", [Manner.LINES, Manner.REDRAW])
def test_a_module_that_runs_elsewhere_is_alive_each_minute(how: Manner) -> None:
    told = Scene(how, elsewhere=True).told(130)
    assert list(told) == [60.0, 120.0]
    assert told[120.0].startswith("ns_sync [localhost] www: running for 2:00; figures are shown where")


def test_a_run_without_figures_is_alive_each_minute() -> None:
    scene = Scene(Manner.REDRAW)
    scene.run.now = Figures()
    assert list(scene.told(130).values())[-1] == "ns_sync [localhost] www: running for 2:00"


def test_a_rate_is_that_of_the_last_ten_seconds() -> None:
    rate = Rate()
    rate.take(100.0, phase(Phase.ASSETS))
    assert (rate.per_second(), rate.begun) == (0.0, 100.0)
    for second in range(1, 31):
        rate.take(100.0 + second, phase(Phase.ASSETS, 10 * second if second <= 20 else 200 + second - 20))
    assert rate.per_second() == 1.0
    rate.take(131.0, phase(Phase.DELETES))
    assert (rate.per_second(), rate.begun) == (0.0, 131.0)
    rate.take(132.0, phase(Phase.DELETES)._replace(size=1000, moved=400))
    rate.take(133.0, phase(Phase.DELETES)._replace(size=1000, moved=100))  # a request broke off
    assert rate.per_second() >= 0.0


def started(display: Display, how: Manner = Manner.REDRAW, pace: Pace = QUICK) -> Ticker:
    return Ticker(NAMED, Screen(how, display, lambda: 80), t.cast(Progress, Run()), pace)


def test_the_line_is_gone_when_the_block_has_ended() -> None:
    display = Display()
    with pytest.raises(LookupError), started(display):
        assert display.has_shown.wait(10)
        raise LookupError
    assert display.shown[-1] == "\r\x1b[K"
    count = len(display.shown)
    assert (count > 1, display.traces) == (True, [])


def test_an_orphan_shows_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ansible was killed, so the process has another parent, and nobody reads what it displays."""
    display, parent = Display(), [os.getppid()]
    monkeypatch.setattr(os, "getppid", lambda: parent[0])
    with started(display) as ticker:
        assert display.has_shown.wait(10)
        parent[0] = 1
        assert ticker._thread is not None
        ticker._thread.result(10)
        count = len(display.shown)
    assert len(display.shown) == count
    assert display.shown[-1] != "\r\x1b[K"


def test_a_short_task_shows_nothing() -> None:
    display = Display()
    with started(display, pace=Pace()):
        pass
    assert (display.shown, display.traces) == ([], [])


def test_where_progress_is_off_there_is_no_thread() -> None:
    before = threading.active_count()
    with started(Display(), Manner.OFF):
        assert threading.active_count() == before


def test_a_display_that_fails_fails_no_task() -> None:
    display = Display(breaks=True)
    with started(display):
        assert display.has_shown.wait(10)
    assert display.traces == ["The progress of ns_sync could not be shown: nobody there"]


def test_without_a_thread_nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    display = Display()
    with started(display):
        pass
    assert (display.shown, display.traces) == ([], [])


def test_a_terminal_that_is_held_does_not_hold_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-S: what displays waits for ever. The thread is left behind, and ends with the process."""
    held, display = threading.Event(), Display()

    def wait(_text: str, **_how: t.Any) -> None:
        display.has_shown.set()
        held.wait()

    monkeypatch.setattr(display, "display", wait)
    monkeypatch.setattr("ansible_collections.edgeops.netstorage.plugins.plugin_utils._progress.ticker._PATIENCE", 0.05)
    try:
        with started(display):
            assert display.has_shown.wait(10)
    finally:
        held.set()
    assert display.traces == []


# -- what Ansible knows of a task


def ticker(monkeypatch: pytest.MonkeyPatch, args: dict[str, t.Any], **more: t.Any) -> tuple[Ticker, list[str]]:
    display = Display()
    monkeypatch.setattr(of_task, "Screen", lambda how: Screen(how, display, lambda: 80))
    monkeypatch.setattr(of_task, "watched_columns", lambda: more.pop("columns", None))
    values = {"no_log": False, "async_val": 0, "run_once": False, "action": "edgeops.netstorage.ns_sync", "args": args}
    task = types.SimpleNamespace(**{**values, **more})
    variables = {"inventory_hostname": "web1", "ansible_play_batch": ["web1"], "netstorage_progress": "{{ what }}"}
    return ticker_of(task, variables, lambda value: value and "loud", lambda: ["the-key"], Progress()), display.traces


def test_the_key_is_masked_before_a_path_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    found, traces = ticker(monkeypatch, {"path": "a" * 17 + "the-key" + "b" * 40})
    assert found._named == Named("ns_sync", "web1", "a" * 17 + "*..." + "b" * 18)
    assert traces == ["netstorage_progress is auto, lines or off, and not loud: it is taken for auto"]


@pytest.mark.parametrize(
    ("args", "path"),
    [({"path": "www"}, "www"), ({"dest": "www"}, "www"), ({"path": ["a", "b"]}, ""), ({}, ""), ({"path": ""}, "")],
)
def test_a_task_is_named_by_its_path(monkeypatch: pytest.MonkeyPatch, args: dict[str, t.Any], path: str) -> None:
    assert ticker(monkeypatch, args)[0]._named.path == path


@pytest.mark.parametrize("more", [{"no_log": True}, {"async_val": 60}])
def test_where_nothing_is_shown_no_secret_is_asked_for(monkeypatch: pytest.MonkeyPatch, more: dict[str, t.Any]) -> None:
    found, traces = ticker(monkeypatch, {"path": "the-key"}, **more)
    assert (found._screen.how, traces) == (Manner.OFF, [])
