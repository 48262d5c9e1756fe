# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether and how progress is shown, as a table; and what reaches Ansible's display."""

from __future__ import annotations

import os
import termios
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._progress import screen as screens
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._progress.screen import (
    Facts,
    Manner,
    Screen,
    manner,
    setting_of,
    watched_columns,
)

WATCHED: dict[str, t.Any] = {"columns": 80, "environment": {"TERM": "xterm"}}
LINES, OFF, REDRAW = Manner.LINES, Manner.OFF, Manner.REDRAW

# What differs from one host on a terminal, and how progress is shown then.
ROWS: dict[str, tuple[dict[str, t.Any], Manner]] = {
    "a terminal": ({}, REDRAW),
    "its full name": ({"callback": "ansible.builtin.default"}, REDRAW),
    "just wide enough": ({"columns": 40}, REDRAW),
    "no_log": ({"is_silent": True}, OFF),
    "a job": ({"is_job": True}, OFF),
    "switched off": ({"setting": "off"}, OFF),
    "lines are wanted": ({"setting": "lines"}, LINES),
    "lines and no_log": ({"setting": "lines", "is_silent": True}, OFF),
    "lines of a job": ({"setting": "lines", "is_job": True}, OFF),
    "no terminal": ({"columns": None}, LINES),
    "another callback": ({"callback": "ansible.posix.json"}, LINES),
    "ansible-runner": ({"callback": "awx_display"}, LINES),
    "continuous integration": ({"environment": {"TERM": "xterm", "CI": "true"}}, LINES),
    "AWX": ({"environment": {"TERM": "xterm", "AWX_ISOLATED_DATA_DIR": "/runner"}}, LINES),
    "a runner": ({"environment": {"TERM": "xterm", "RUNNER_OMIT_EVENTS": "False"}}, LINES),
    "no TERM": ({"environment": {}}, LINES),
    "a dumb terminal": ({"environment": {"TERM": "dumb"}}, LINES),
    "verbose": ({"verbosity": 1}, LINES),
    "three hosts": ({"hosts": 3}, LINES),
    "no host": ({"hosts": 0}, REDRAW),
    "narrow": ({"columns": 39}, LINES),
}


@pytest.mark.parametrize("row", ROWS)
def test_what_decides_on_the_manner(row: str) -> None:
    facts, expected = ROWS[row]
    assert manner(Facts(**{**WATCHED, **facts})) is expected


@pytest.mark.parametrize(
    ("variable", "environment", "expected"),
    [
        (None, None, ("auto", "")),
        (None, "", ("auto", "")),
        (None, "off", ("off", "")),
        (None, "lines", ("lines", "")),
        ("lines", "off", ("lines", "")),
        ("auto", "off", ("auto", "")),
        (False, "lines", ("off", "")),
        ("false", None, ("off", "")),
        ("Off", None, ("off", "")),
        ("no", None, ("off", "")),
        (" lines ", None, ("lines", "")),
        (True, None, ("auto", "True")),
        ("loud", None, ("auto", "loud")),
        (None, "loud", ("auto", "loud")),
        ("", "off", ("auto", "")),
    ],
)
def test_the_variable_comes_before_the_environment(
    variable: object, environment: str | None, expected: tuple[str, str]
) -> None:
    surroundings = {} if environment is None else {"NETSTORAGE_PROGRESS": environment}
    assert setting_of(variable, surroundings) == expected


def test_the_terminal_of_another_process_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """``/proc/PID/fd/2`` of the process above: here a terminal that this process has opened as its standard error."""
    above, terminal = os.openpty()
    kept = os.dup(2)
    monkeypatch.setattr(os, "getppid", os.getpid)
    try:
        os.dup2(terminal, 2)
        termios.tcsetwinsize(terminal, (20, 61))
        assert watched_columns() == 61
    finally:
        os.dup2(kept, 2)
        for descriptor in (above, terminal, kept):
            os.close(descriptor)


@pytest.mark.parametrize("parent", [-1, "a pipe"])
def test_what_is_no_terminal_has_no_columns(monkeypatch: pytest.MonkeyPatch, parent: object) -> None:
    reading, writing = os.pipe()
    kept = os.dup(2)
    monkeypatch.setattr(os, "getppid", lambda: parent if isinstance(parent, int) else os.getpid())
    try:
        os.dup2(writing, 2)
        assert watched_columns() is None
    finally:
        os.dup2(kept, 2)
        for descriptor in (reading, writing, kept):
            os.close(descriptor)


class Display:
    """What would be displayed."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, dict[str, t.Any]]] = []

    def display(self, text: str, **how: t.Any) -> None:
        self.shown.append((text, how))


DRAWN = {"newline": False, "screen_only": True, "stderr": True}


def test_a_line_is_drawn_over_the_last_one_and_cleared_once() -> None:
    display = Display()
    screen = Screen(REDRAW, display, lambda: 60)
    screen.clear()
    assert display.shown == []
    screen.draw("one")
    screen.draw("two")
    screen.clear()
    screen.clear()
    assert display.shown == [("\r\x1b[Kone", DRAWN), ("\r\x1b[Ktwo", DRAWN), ("\r\x1b[K", DRAWN)]


def test_a_whole_line_goes_to_the_log_as_well() -> None:
    display = Display()
    Screen(LINES, display).add("one")
    ((text, how),) = display.shown
    assert (text, how["stderr"], "screen_only" in how, "newline" in how) == ("one", True, False, False)


@pytest.mark.parametrize(("columns", "room"), [(60, 59), (None, 79)])
def test_the_last_column_stays_free(columns: int | None, room: int) -> None:
    assert Screen(REDRAW, Display(), lambda: columns).columns == room


def test_ansible_is_asked_for_what_only_it_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screens.constants, "DEFAULT_DEBUG", False)
    quiet = screens.ansible_verbosity()
    monkeypatch.setattr(screens.constants, "DEFAULT_DEBUG", True)
    assert screens.ansible_verbosity() == quiet + 1
    assert screens.stdout_callback() == "default"
