# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far a task has come, in words: for a line of a terminal, and for a line of a log. Pure.

There are figures in it, a phase and the path of the task: never the name of a file, which Ansible's ``no_log`` knows nothing of.
"""

from __future__ import annotations

import math
import typing as t
import unicodedata

from ...module_utils._execute.progress import Figures, Stage
from ...module_utils._model.paths import shown
from ...module_utils._plan.steps import Phase
from .._reports.figures import counted, grouped, size

LONGEST_PATH = 40
"""Columns."""
_EARLIEST = 10.0  # seconds of a phase, before which nothing is said of the time that is left
_LEAST = 0.05  # of a phase, likewise
_FOR_FILES = (Phase.ASSETS, Phase.ENTRY_POINTS)
_GAP = "..."


class Moment(t.NamedTuple):
    """How far a task has come.

    figures  those of its run
    seconds  since the task began
    since    seconds since the stage or the phase began
    rate     how much is done in a second at present: bytes where the phase has some, and else steps
    """

    figures: Figures
    seconds: float
    since: float = 0.0
    rate: float = 0.0


class _Part(t.NamedTuple):
    """``rank``: where there is no room for all of a line, the parts with the highest go first; those with 0 stay."""

    text: str
    rank: int = 0


def screen_line(path: str, moment: Moment, columns: int) -> str:
    """One line of a terminal, in at most so many columns."""
    doing, parts = _told(moment)
    parts.append(_Part(duration(moment.seconds), 5))
    while True:
        line = f"  {path}: {doing}  {', '.join(part.text for part in parts)}"
        last = max((part for part in parts if part.rank), key=lambda part: part.rank, default=None)
        if width(line) <= columns or last is None:
            return cut(line, columns)
        parts.remove(last)


def log_line(module: str, host: str, path: str, moment: Moment) -> str:
    """One line of a log, which has those of other hosts and modules too."""
    doing, parts = _told(moment)
    told = [part.text for part in parts if part.rank not in (_PHASE, _RATE, _LEFT)]
    left = [part.text for part in parts if part.rank == _LEFT]
    return f"{_head(module, host, path)} {', '.join([doing, *told, duration(moment.seconds), *left])}"


def sign_of_life(module: str, host: str, path: str, seconds: float, elsewhere: bool) -> str:
    """One line of a log, for a task of which no figures are known."""
    why = "; figures are shown where the task runs on the controller" if elsewhere else ""
    return f"{_head(module, host, path)} running for {duration(seconds)}{why}"


def _head(module: str, host: str, path: str) -> str:
    return f"{module} [{host}]" + (f" {path}:" if path else "")


_LEFT, _AMOUNT, _RATE, _PHASE = 1, 2, 3, 4


def _told(moment: Moment) -> tuple[str, list[_Part]]:
    """What the run does, and how far it is with it."""
    figures, stage = moment.figures, moment.figures.stage
    if figures.pause is not None:
        return "waiting", [_Part(f"the service asks for a pause of {figures.pause.seconds:.0f} s ({figures.pause.status})")]
    if stage is Stage.COMPARING:
        parts = [_Part(f"{grouped(figures.looked)} looked at"), _Part(f"{grouped(figures.differ)} differ")]
        hashed = f"{counted(figures.done, 'large file')} hashed ({size(figures.moved)})"
        return stage.value, [*parts, *([_Part(hashed, _AMOUNT)] if figures.done else [])]
    if stage is Stage.HASHING:
        return stage.value, [_Part(counted(figures.done, "file")), *_amount(moment)]
    if stage is Stage.VERIFYING and not figures.size:  # all of them are in one listing
        return stage.value, [_Part(counted(figures.total, "file"))]
    if stage is Stage.VERIFYING:
        return stage.value, [_Part(_of(figures, " files")), *_amount(moment)]
    if stage is Stage.CHANGING and figures.phase is not None:
        return _name(figures.phase), _changing(moment, figures.phase)
    return ("running" if stage is None else stage.value), []


def _changing(moment: Moment, phase: Phase) -> list[_Part]:
    figures = moment.figures
    steps = _of(figures, " files" if phase in _FOR_FILES else "")
    if not figures.size:
        steps += _percent(figures.done, figures.total)
    return [_Part(f"phase {figures.number} of {figures.phases}", _PHASE), _Part(steps), *_amount(moment)]


def _amount(moment: Moment) -> list[_Part]:
    """``1.2 of 4.0 GB (30 %)``, where there are bytes; and how fast that goes."""
    figures, parts = moment.figures, list[_Part]()
    if figures.size:
        done, total = size(figures.moved), size(figures.size)
        unit = total.rpartition(" ")[2]
        text = f"{done.removesuffix(f' {unit}')} of {total}{_percent(figures.moved, figures.size)}"
        parts.append(_Part(text, _AMOUNT))
        if moment.rate:
            parts.append(_Part(f"{size(int(moment.rate))}/s", _RATE))
    left = _left(moment)
    return parts if left is None else [*parts, _Part(f"about {duration(left)} left", _LEFT)]


def _left(moment: Moment) -> float | None:
    """Seconds until the stage or the phase may have ended; None as long as nobody can tell."""
    figures = moment.figures
    done, total = (figures.moved, figures.size) if figures.size else (figures.done, figures.total)
    if moment.since < _EARLIEST or moment.rate <= 0 or not total or done < total * _LEAST:
        return None
    return math.ceil((total - done) / moment.rate)


def _of(figures: Figures, word: str) -> str:
    return f"{grouped(figures.done)} of {grouped(figures.total)}{word}"


def _percent(done: int, total: int) -> str:
    return f" ({min(100 * done // total, 100)} %)" if total else ""


def _name(phase: Phase) -> str:
    """``ENTRY_POINTS`` -> ``entry points``"""
    return phase.name.lower().replace("_", " ")


def duration(seconds: float) -> str:
    """``46`` -> ``0:46``, ``3723`` -> ``1:02:03``"""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def short_path(path: bytes) -> str:
    """A path as terminals may see it, without its middle where it is long."""
    text = shown(path)
    if width(text) <= LONGEST_PATH:
        return text
    half = (LONGEST_PATH - len(_GAP)) // 2
    return cut(text, half) + _GAP + cut(text[::-1], half)[::-1]


def cut(text: str, columns: int) -> str:
    """The beginning of a text, in at most so many columns."""
    if text.isascii():
        return text[:columns]
    taken = 0
    for number, character in enumerate(text):
        taken += _columns(character)
        if taken > columns:
            return text[:number]
    return text


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
