# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan as a comment on a pull request: a line with the counts, failures and notes, and a table of the steps.

Names are untrusted. Whatever they contain, they stay in their cell: as a code span where that is safe, else with every
punctuation character as a character reference, which Markdown never takes for structure (CommonMark, 2.5).
"""

from __future__ import annotations

import collections
import re
import typing as t

from ...module_utils._model.errors import BadOptions
from .figures import size
from .reader import read
from .report import COUNTS, REMARKS, Difference, Report, Step
from .task_results import visible

STEPS = 100
CHARACTERS = 60_000  # GitHub takes comments of 65,536
FEWEST_CHARACTERS = 1000
NAME = 500
_NOTES = 10
_SHARE_OF_A_TEXT = 5  # a message has at most this part of all characters
_TAIL = 250  # characters of the last line
_SPAN_SAFE = re.compile(r"(?! )[^`|]*[^`| ]\Z")
# A dot or a colon is escaped only in what GitHub turns into a link: www.… and https://…
_TELLING = re.compile(r"[^A-Za-z0-9 ,.:;()/→…\u00c0-\uffff-]|(?<=[Ww]{3})\.|:(?=//)")


def plan_markdown(value: object, *, title: str = "", limit: int = STEPS, characters: int = CHARACTERS) -> str:
    """The plans of all results and documents together.

    Args:
        value: a result, the results of a loop, a plan document, or a list of these.
        title: a heading above it.
        limit: rows of the table.
        characters: of the whole text, the last line included, which says what was left out.

    Raises:
        BadOptions: the value is none of these, or so few characters hold nothing.
    """
    if characters < FEWEST_CHARACTERS:
        raise BadOptions(f"characters is {characters}; less than {FEWEST_CHARACTERS} hold no report.")
    report = read(value)
    text = _Text(characters)
    if title:
        text.add(f"### {prose(title[:NAME])}", "")
    text.add(_summary(report), "")
    for block in (_problems(report, characters), _differences(report), _notes(report), _digests(report)):
        text.add_block(block)
    _add_table(text, report, limit)
    return text.ended()


class _Text:
    """Lines within a number of characters, and how many of what did not fit."""

    def __init__(self, most: int) -> None:
        self._lines: list[str] = []
        self._room = most - _TAIL
        self.left: collections.Counter[str] = collections.Counter()

    def add(self, *lines: str) -> bool:
        """All of the lines or, where they do not fit, none."""
        needed = sum(len(line) + 1 for line in lines)
        if needed > self._room:
            return False
        self._room -= needed
        self._lines += lines
        return True

    def add_block(self, block: tuple[str, t.Sequence[tuple[str, ...]]]) -> None:
        word, items = block
        fitting = [self.add(*item) for item in items]
        self.left[word] += fitting.count(False)
        if any(fitting) and self._lines[-1]:
            self.add("")

    def ended(self) -> str:
        more = self.left.pop("steps", 0)
        others = ", ".join(f"{count} {word}" for word, count in self.left.items() if count)
        tail = f"… and {more} more." if more else ""
        tail += f"{' ' if tail else '… '}Left out for length: {others}." if others else ""
        lines = [*self._lines, *(["", tail] if tail and self._lines[-1:] != [""] else [tail] if tail else [])]
        return "\n".join(lines) + "\n"


def code(name: str) -> str:
    """A name as code, in a cell or in a line. A name that is too long for a table is cut in the middle."""
    text = visible(name)
    if len(text) > NAME:
        text = f"{text[: NAME // 2]}…{text[-NAME // 2 :]}"
    if _SPAN_SAFE.match(text):
        return f"`{text}`"
    return f"<code>{''.join(char if char.isalnum() else f'&#{ord(char)};' for char in text)}</code>"


def prose(text: str) -> str:
    """One line of text in which nothing is a link, a mention or a mark-up."""
    line = " ".join(visible(part) for part in text.split())
    return _TELLING.sub(lambda match: f"&#{ord(match.group())};", line)


def _summary(report: Report) -> str:
    counts = report.counts
    steps = [f"{counts[word]} {word if counts[word] != 1 else word[:-1]}" for word in COUNTS if counts[word]]
    text = f"**{', '.join(steps) if steps else 'No changes'}**"
    text += f", {size(counts['bytes'])} to send" if counts["bytes"] else ""
    return "; ".join([text, *(f"{counts[word]} {word}" for word in REMARKS if counts[word])])


def _problems(report: Report, characters: int) -> tuple[str, list[tuple[str, ...]]]:
    """Why tasks failed or were refused; a message that is too long is cut."""
    items: list[tuple[str, ...]] = []
    for problem in report.problems:
        message = _cut(problem.message, characters // _SHARE_OF_A_TEXT)
        items.append((f"**Failed**{f' ({code(problem.code)})' if problem.code else ''}: {message}", ""))
    return "messages", items


def _cut(text: str, most: int) -> str:
    """Prose of at most so many characters; an escaped one counts for up to eight."""
    told = prose(text)
    if len(told) <= most:
        return told
    while len(told) > most:
        text = text[: len(text) * most // len(told)]
        told = prose(text)
    return f"{told}…"


def _differences(report: Report) -> tuple[str, list[tuple[str, ...]]]:
    """What is not as it was reviewed."""
    items = [(f"* {_about(one)}; reviewed: {prose(one.reviewed)}; now: {prose(one.now)}",) for one in report.differences]
    more = report.differing - len(items)
    return "differences", [*items, *([(f"* {more} more differences",)] if more > 0 else [])]


def _about(difference: Difference) -> str:
    what = prose(difference.what.replace("_", " "))
    return f"{code(difference.path)}: {what}" if difference.path else what


def _notes(report: Report) -> tuple[str, list[tuple[str, ...]]]:
    """What could not be read, and what was noted."""
    unknown = [f"* Could not be read: {code(one.name)}: {prose(one.why)}" for one in report.unknown]
    notes = [*unknown, *(f"* {prose(note)}" for note in report.notes)]
    more = len(notes) - _NOTES
    items = [(note,) for note in notes[:_NOTES]]
    return "notes", [*items, *([(f"* {more} more notes",)] if more > 0 else [])]


def _digests(report: Report) -> tuple[str, list[tuple[str, ...]]]:
    """By which the plan can be approved."""
    return "digests", [(f"Digest {code(origin.digest)}", "") for origin in report.origins if origin.digest]


def _add_table(text: _Text, report: Report, limit: int) -> None:
    shown = report.steps[: max(limit, 0)]
    rows = 0
    if report.steps and text.add("| | step | path | why | size |", "| --- | --- | --- | --- | ---: |"):
        for step in shown:
            if not text.add(_row(step)):
                break
            rows += step.weight
    text.left["steps"] = max(0, report.planned - rows) if report.steps else 0


def _row(step: Step) -> str:
    target = step.after.target if step.after else ""
    before = step.before.target if step.before else ""
    name = f"{code(step.source)} → {code(step.path)}" if step.source else code(step.path)
    name += (f" → {code(target)}" if target else "") + (f" (was {code(before)})" if before else "")
    cells = (code(step.sign), prose(step.kind), name, prose(step.why))
    return f"| {' | '.join(cells)} | {size(step.sent) if step.sent else ''} |"
