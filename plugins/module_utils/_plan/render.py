# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for people: one line per step, and unified diffs of text. Names and content are escaped."""

from __future__ import annotations

import difflib
import enum
import hashlib
import re
import typing as t

from .._model.entries import Entry, Kind
from .._model.paths import is_within, shown
from .steps import Plan, Step, StepKind, Why

# Unicode's Default_Ignorable_Code_Point: a BOM, soft hyphens, joiners, variation selectors, tags.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_CONTEXT = 3  # lines around a change, as Ansible's callbacks show them
_LONGEST_LINE = 2000  # characters

Item = dict[str, str]


class DiffLimit(t.NamedTuple):
    """How much a diff shows: the content of how many files, and how many lines in all."""

    files: int = 20
    lines: int = 1000


class Elsewhere(enum.Enum):
    """New content whose bytes are on another machine: only whether it is text is known here."""

    TEXT = "text"
    BINARY = "binary"


class Texts(t.NamedTuple):
    """Content of one step for a diff, None where there is none or where it is not shown (``note`` says why).

    An ``after`` that is elsewhere is left out of the diff, for the side that has the bytes to fill in.
    """

    before: bytes | None
    after: bytes | Elsewhere | None
    note: str = ""


def prepared(plan: Plan, most: int = DiffLimit().lines) -> str:
    """One line per step in the order of the plan, at most so many."""
    lines = [line(plan, step) for step in plan.steps[:most]]
    if len(plan.steps) > most:
        lines.append(f"… and {len(plan.steps) - most} more")
    return _visible("".join(f"{text}\n" for text in lines))


def line(plan: Plan, step: Step) -> str:
    """``~ upload index.html (content differs: 120 → 131 bytes, md5 0cc1… → 9d4e…)``, ``~ rename a -> b (absent, 120 bytes)``"""
    name = name_of(plan, step)
    what = f"{name}{_arrow(step)}" if step.source is None else f"{_named(plan, step.source, step.source)} -> {name}"
    return f"{step.sign} {step.kind.value} {what} ({explained(step)})"


def name_of(plan: Plan, step: Step) -> str:
    """The step's name relative to the base where it lies below, else its path; directories end in a slash."""
    return _named(plan, step.path, step.key)


def _named(plan: Plan, path: bytes, key: bytes) -> str:
    inside = path != plan.base and is_within(path, plan.base)
    return shown(key[len(plan.base) + 1 :] if inside else key)


def explained(step: Step) -> str:
    """Why, with what differs in figures."""
    before, after = step.before, step.after
    if step.whole is not None:
        return f"{step.why.value}, {step.whole.objects} objects with {step.whole.bytes} bytes"
    if step.kind is StepKind.MKDIR:
        return "implicit → explicit" if before is not None else "absent"
    if before is not None and after is not None and before.kind is not after.kind:
        return f"{before.kind.value} → {after.kind.value}"
    if step.kind is StepKind.MTIME and before is not None and after is not None:
        return f"{step.why.value}: {before.mtime} → {after.mtime}"
    if after is None or before is None:
        figures = _figures(step.entry)
        return f"{step.why.value}, {figures}" if figures else step.why.value
    if step.why is Why.NOT_INDEXED:
        return f"{step.why.value}, {_figures(after)}"
    if after.kind is Kind.SYMLINK:
        return f"was -> {shown(before.target or b'')}"
    return f"{step.why.value}: {_size_change(before, after)}{_digest_change(before, after)}"


def diffs(plan: Plan, texts: t.Mapping[bytes, Texts], most: int = DiffLimit().lines) -> list[Item]:
    """The value of ``diff``: the plan in lines, then one unified diff for each text that is shown, by key of its step. At most so
    many lines, without headers and the last ones, which say what is not shown."""
    if not plan:
        return []
    result = [{"prepared": prepared(plan, most)}]
    for step in plan.steps:
        text = texts.get(step.key)
        if text is None or (text.before is None and text.after is None):
            continue
        name = _visible(shown(step.path))
        item = {
            "before_header": name if step.before is not None else f"{name} (absent)",
            "after_header": name if step.after is not None else f"{name} (absent)",
            "before": shown_text(text.before),
        }
        if not isinstance(text.after, Elsewhere):
            item["after"] = shown_text(text.after)
        result.append(item)
    notes = sorted({text.note for text in texts.values() if text.note})
    if notes:
        result.append({"prepared": "".join(f"({note})\n" for note in notes)})
    return limited(result, most)


def limited(items: t.Sequence[Item], most: int) -> list[Item]:
    """The diff with at most so many lines; content is cut for it, and then a last line says so.

    Args:
        items: the lines of the plan (``prepared``), the content of files, and notes, which do not count.
        most: lines of the plan and of content.
    """
    result: list[Item] = []
    room, lines, files = max(most - items[0].get("prepared", "").count("\n"), 0) if items else 0, 0, 0
    for item in items:
        hunks = _hunks(item) if "before" in item else []
        needed = sum(len(hunk) for hunk in hunks)
        if needed > room:
            lines, files = lines + needed - room, files + 1
            item = _cut(item, hunks, room)
        if needed == 0 or room > 0:
            result.append(item)
        room = max(room - needed, 0)
    if files:
        result.append({"prepared": f"({lines} lines of the content of {files} files are left out: diff_limit.lines is {most})\n"})
    return result


Hunk = list[tuple[int, int]]
"""The lines of one hunk as they are shown: for each, how many lines of the old and the new text are behind it."""


def _hunks(item: Item) -> list[Hunk]:
    before, after = item["before"].splitlines(), item.get("after", "").splitlines()
    if not before or not after:  # nothing to compare, and the usual case
        return [[(min(i, len(before)), min(i, len(after))) for i in range(1, len(before) + len(after) + 1)]]
    hunks: list[Hunk] = []
    for group in difflib.SequenceMatcher(None, before, after).get_grouped_opcodes(_CONTEXT):
        hunk: Hunk = [(group[0][1], group[0][3])]  # the line with the numbers
        for kind, i1, i2, j1, j2 in group:
            if kind == "equal":
                hunk += [(i1 + n, j1 + n) for n in range(1, i2 - i1 + 1)]
            else:
                hunk += [(i, j1) for i in range(i1 + 1, i2 + 1)] + [(i2, j) for j in range(j1 + 1, j2 + 1)]
        hunks.append(hunk)
    return hunks


def _cut(item: Item, hunks: t.Sequence[Hunk], most: int) -> Item:
    """Both texts up to where the line numbered ``most`` of their diff ends."""
    ends = [end for hunk in hunks for end in hunk][:most]
    before, after = ends[-1] if ends else (0, 0)
    cut = {**item, "before": "".join(item["before"].splitlines(keepends=True)[:before])}
    if "after" in item:
        cut["after"] = "".join(item["after"].splitlines(keepends=True)[:after])
    return cut


def is_text(content: bytes) -> bool:
    """Text in the sense of Ansible's own modules: no NUL byte. Bytes that are not UTF-8 are not shown either."""
    if b"\0" in content:
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def shown_text(content: bytes | None) -> str:
    """Text as a diff may show it. Line ends and tabs are kept; other control characters are escaped because of terminals, and
    characters without width (a BOM) because the difference would be invisible. A line of more than 2,000 characters is cut, and
    a digest keeps it different from any other."""
    rows = (content or b"").split(b"\n")
    return "\n".join(_shortened(_visible("\t".join(shown(part) for part in row.split(b"\t")))) for row in rows)


def _shortened(row: str) -> str:
    if len(row) <= _LONGEST_LINE:
        return row
    digest = hashlib.sha256(row.encode()).hexdigest()[:12]
    return f"{row[:_LONGEST_LINE]} … ({len(row) - _LONGEST_LINE} more characters, SHA-256 {digest})"


def _visible(text: str) -> str:
    return text if text.isascii() else _INVISIBLE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    point = ord(match.group())
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def _arrow(step: Step) -> str:
    entry = step.entry
    return f" -> {shown(entry.target or b'')}" if entry.kind is Kind.SYMLINK and step.after is not None else ""


def _figures(entry: Entry) -> str:
    return f"{entry.size} bytes" if entry.kind is Kind.FILE else ""


def _size_change(before: Entry, after: Entry) -> str:
    return f"{after.size} bytes" if before.size == after.size else f"{before.size} → {after.size} bytes"


def _digest_change(before: Entry, after: Entry) -> str:
    if before.md5 is None or after.md5 is None:
        return ""
    return f", md5 {before.md5[:12]} → {after.md5[:12]}"
