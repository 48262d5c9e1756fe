# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A plan as a comment on a pull request: a line with the counts, a table of the steps, failures and notes.

Names are untrusted. Whatever they contain, they stay in their cell: as a code span where that is safe, else with every
punctuation character as a character reference, which Markdown never takes for structure (CommonMark, 2.5).
"""

from __future__ import annotations

import re
import typing as t

from ..module_utils._model.paths import shown
from ._task_results import Result, mappings, results_of

STEPS = 100
NOTES = 10
CHARACTERS = 60_000  # GitHub takes comments of 65,536
NAME = 500
_COUNTS = ("creates", "changes", "deletes")
_REMARKS = ("unchanged", "protected", "shadowed")
_SPAN_SAFE = re.compile(r"(?! )[^`|]*[^`| ]\Z")
# A dot or a colon is escaped only in what GitHub turns into a link: www.… and https://…
_TELLING = re.compile(r"[^A-Za-z0-9 ,.:;()/→…\u00c0-\uffff-]|(?<=[Ww]{3})\.|:(?=//)")


def plan_markdown(value: object, *, title: str = "", limit: int = STEPS) -> str:
    """The plans of all results together. At most ``limit`` steps, and never more than a comment holds."""
    results = list(results_of(value))
    head = [f"### {prose(title)}", ""] if title else []
    return "\n".join([*head, *_told(results), *_table(results, limit)]) + "\n"


def code(name: str) -> str:
    """A name as code, in a cell or in a line. A name that is too long for a table is cut in the middle."""
    text = _visible(name)
    if len(text) > NAME:
        text = f"{text[: NAME // 2]}…{text[-NAME // 2 :]}"
    if _SPAN_SAFE.match(text):
        return f"`{text}`"
    return f"<code>{''.join(char if char.isalnum() else f'&#{ord(char)};' for char in text)}</code>"


def prose(text: str) -> str:
    """One line of text in which nothing is a link, a mention or a mark-up."""
    line = " ".join(_visible(part) for part in text.split())
    return _TELLING.sub(lambda match: f"&#{ord(match.group())};", line)


def _visible(text: str) -> str:
    return shown(text.encode("utf-8", "backslashreplace"))


def size(count: int) -> str:
    """``1234`` -> ``1.2 kB``"""
    amount, units = float(count), iter(("kB", "MB", "GB"))
    if count < 1000:
        return f"{count} bytes"
    unit = ""
    while amount >= 999.95 and unit != "TB":
        amount, unit = amount / 1000, next(units, "TB")
    return f"{amount:.1f} {unit}"


def _told(results: t.Sequence[Result]) -> list[str]:
    """The counts; why a task failed; what it noted."""
    lines = [_summary(results), ""]
    for result in results:
        if result.get("failed"):
            failure = (result.get("failure") or {}).get("code")
            lines += [f"**Failed**{f' ({code(str(failure))})' if failure else ''}: {prose(str(result.get('msg', '')))}", ""]
    notes = [str(note) for result in results for note in result.get("notes") or []]
    lines += [f"* {prose(note)}" for note in notes[:NOTES]]
    lines += [f"* {len(notes) - NOTES} more notes"] if len(notes) > NOTES else []
    return [*lines, ""] if notes else lines


def _summary(results: t.Sequence[Result]) -> str:
    counts = _counts(results)
    steps = [f"{counts[word]} {word if counts[word] != 1 else word[:-1]}" for word in _COUNTS if counts[word]]
    text = f"**{', '.join(steps) if steps else 'No changes'}**"
    text += f", {size(counts['bytes'])} to send" if counts["bytes"] else ""
    return "; ".join([text, *(f"{counts[word]} {word}" for word in _REMARKS if counts[word])])


def _counts(results: t.Sequence[Result]) -> dict[str, int]:
    """The summaries of all plans, which are complete whatever is cut from lists."""
    summaries = [(result.get("plan") or {}).get("summary") or {} for result in results]
    return {word: sum(int(summary.get(word, 0)) for summary in summaries) for word in (*_COUNTS, *_REMARKS, "bytes")}


def _table(results: t.Sequence[Result], limit: int) -> list[str]:
    steps = [step for result in results for step in mappings((result.get("plan") or {}).get("steps"))]
    if not steps:
        return []
    rows = ["| | step | path | why | size |", "| --- | --- | --- | --- | ---: |"]
    left = CHARACTERS
    for step in steps[: max(limit, 0)]:
        row = _row(step)
        left -= len(row)
        if left < 0:
            break
        rows.append(row)
    counts = _counts(results)
    more = sum(counts[word] for word in _COUNTS) - (len(rows) - 2)
    return [*rows, *(["", f"… and {more} more."] if more > 0 else [])]


def _row(step: Result) -> str:
    path, target, before = (step.get(name) for name in ("path", "target", "previous_target"))
    name = f"{code(str(step['source']))} → {code(str(path))}" if step.get("source") else code(str(path))
    name += (f" → {code(str(target))}" if target else "") + (f" (was {code(str(before))})" if before else "")
    cells = (code(str(step.get("sign", "?"))), prose(str(step.get("step", ""))), name, prose(str(step.get("why", ""))))
    return f"| {' | '.join(cells)} | {size(int(step['size'])) if step.get('size') else ''} |"
