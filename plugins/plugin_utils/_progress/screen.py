# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the progress of a task is shown, and how: on one line of a terminal that is drawn again and again, or line by line.

A task runs in a worker, which has no terminal: what it displays goes through a queue to the process that started it, in order
with its result. So that process is looked at.
"""

from __future__ import annotations

import enum
import os
import typing as t

from ansible import constants
from ansible.utils.display import Display

VARIABLE = "netstorage_progress"
ENVIRONMENT = "NETSTORAGE_PROGRESS"
SETTINGS = ("auto", "lines", "off")
_OFF_WORDS = frozenset({"off", "false", "no"})  # YAML's word off is false, and ``-e netstorage_progress=false`` a text
_NARROWEST = 40  # columns
_NOBODY_LOOKS = ("CI", "AWX_ISOLATED_DATA_DIR", "RUNNER_OMIT_EVENTS")
"""Where one of these is set, the terminal is one that a program reads."""
_DEFAULT_CALLBACKS = frozenset({"default", "ansible.builtin.default"})
_ERASED = "\r\x1b[K"


class Manner(enum.Enum):
    """How progress is shown."""

    OFF = "off"
    LINES = "lines"
    REDRAW = "redraw"


class Facts(t.NamedTuple):
    """What decides on the manner.

    setting      auto | lines | off
    is_silent    the task has ``no_log``, or only makes a plan for the call that follows
    is_job       the task is async: Ansible polls it, and prints
    columns      of the terminal that Ansible writes errors to; None where that is none
    callback     the name of the plugin that prints results
    environment  of Ansible
    verbosity    how many ``-v``; debugging counts as some
    hosts        how many run the task
    """

    setting: str = "auto"
    is_silent: bool = False
    is_job: bool = False
    columns: int | None = None
    callback: str = "default"
    environment: t.Mapping[str, str] = {}
    verbosity: int = 0
    hosts: int = 1


def manner(facts: Facts) -> Manner:
    """How the progress of a task is shown. Pure."""
    if facts.setting == "off" or facts.is_silent or facts.is_job:
        return Manner.OFF
    environment = facts.environment
    is_watched = not any(environment.get(name) for name in _NOBODY_LOOKS) and environment.get("TERM", "") not in ("", "dumb")
    is_alone = facts.callback in _DEFAULT_CALLBACKS and not facts.verbosity and facts.hosts <= 1
    is_wide = facts.columns is not None and facts.columns >= _NARROWEST
    return Manner.REDRAW if facts.setting == "auto" and is_watched and is_alone and is_wide else Manner.LINES


def setting_of(variable: object, environment: t.Mapping[str, str]) -> tuple[str, str]:
    """The setting, and what was given where that is no setting; else empty.

    Args:
        variable: the value of the variable, None where it is not set.
        environment: of Ansible.
    """
    given = environment.get(ENVIRONMENT) or None if variable is None else variable
    word = "auto" if given is None else str(given).strip().lower()
    if word in _OFF_WORDS:
        return "off", ""
    return (word, "") if word in SETTINGS else ("auto", str(given))


def watched_columns() -> int | None:
    """The width of the terminal that the process above this one writes errors to; None where that is no terminal.

    ``O_NOCTTY`` matters: the worker leads a session of its own, and would get the terminal for it.
    """
    try:
        terminal = os.open(f"/proc/{os.getppid()}/fd/2", os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return os.get_terminal_size(terminal).columns
    except OSError:
        return None
    finally:
        os.close(terminal)


def ansible_verbosity() -> int:
    return int(Display().verbosity) + bool(constants.DEFAULT_DEBUG)


def stdout_callback() -> str:
    return str(constants.DEFAULT_STDOUT_CALLBACK)


class Screen:
    """Standard error of Ansible: progress is no result. Used by one thread at a time."""

    def __init__(self, how: Manner, display: t.Any = None, columns: t.Callable[[], int | None] = watched_columns) -> None:  # noqa: ANN401
        """
        Args:
            how: the manner.
            display: what displays, Ansible's own by default.
            columns: the width of the terminal, asked each time, because it changes.
        """
        self.how = how
        self._display, self._columns = Display() if display is None else display, columns
        self._is_drawn = False

    @property
    def columns(self) -> int:
        """How wide a line may be. A terminal moves on where its last column is written to."""
        return (self._columns() or 2 * _NARROWEST) - 1

    def draw(self, line: str) -> None:
        """Draw a line in the place of the one before. Ansible's log does not get it."""
        self._is_drawn = True
        self._display.display(_ERASED + line, newline=False, screen_only=True, stderr=True)

    def clear(self) -> None:
        """Remove what was drawn."""
        if self._is_drawn:
            self._is_drawn = False
            self._display.display(_ERASED, newline=False, screen_only=True, stderr=True)

    def add(self, line: str) -> None:
        """Add a whole line, to Ansible's log too."""
        self._display.display(line, color=constants.COLOR_VERBOSE, stderr=True)

    def debug(self, text: str) -> None:
        """What ``-vvv`` shows."""
        self._display.vvv(text)
