# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a reviewer must not miss: refusals, failures, differences, all deletes, what visitors see first, and what is large."""

from __future__ import annotations

import collections
import typing as t

from .figures import counted, size
from .markup import folded, more, name, path, prose, section, sizes
from .report import Difference, Report, Step, Verdict

LARGE = 50_000_000
_AT_ONCE = 12  # items that are shown without a click
_DELETES_NAMED = 20_000  # with more deletes than that, the directories stand for what is in them
_WHAT = {
    "not_reviewed": "was not in the reviewed plan",
    "before_differs": "something else stands there now",
    "after_differs": "the source has other content now",
    "kind_differs": "was reviewed as another step",
    "not_done": "was reviewed, and is neither wanted now nor done",
    "refused_then": "the reviewed plan was refused",
    "policy": "the policy differs",
    "place": "the place differs",
    "schema": "the schema differs",
    "digest": "the digest differs",
    "expired": "the reviewed plan is too old",
    "unknown_then": "the reviewed plan had regions that could not be read",
}


def attention(report: Report) -> tuple[str, int]:
    """The section, and how many cards it has."""
    cards = [card for part in _PARTS for card in part(report)]
    heading = "Needs attention"
    return section("attention", heading, '<div class="cards">\n' + "".join(cards) + "</div>" if cards else ""), len(cards)


def _card(css: str, heading: str, body: str) -> str:
    return f'<article class="card {css}">\n<h3>{heading}</h3>\n{body}\n</article>\n'


def _listed(items: t.Sequence[str]) -> str:
    """A list, of which the first items are always shown."""
    first, rest = items[:_AT_ONCE], items[_AT_ONCE:]
    text = _list(first)
    return text + folded(f"{len(rest):,} more", _list(rest)) if rest else text


def _list(items: t.Sequence[str]) -> str:
    return '<ul class="plain">\n' + "\n".join(f"<li>{item}" for item in items) + "\n</ul>\n"


def _problems(report: Report) -> t.Iterator[str]:
    for problem in report.problems:
        word = "Refused" if report.verdict is Verdict.REFUSED else "Failed"
        heading = f"{word}: {name(problem.code)}" if problem.code else word
        message = prose(problem.message)
        hint = prose(problem.hint) if problem.hint and problem.hint not in problem.message else ""
        yield _card("bad wide", heading, f"<p>{message}</p>" + (f'\n<p class="hint">{hint}</p>' if hint else ""))


def _differences(report: Report) -> t.Iterator[str]:
    if not report.differing:
        return
    rows = [
        f'<tr><td>{_about(report, one)}<td data-t="reviewed: ">{_state(one.reviewed)}<td data-t="now: ">{_state(one.now)}'
        for one in report.differences
    ]
    head = "<thead><tr><th>What<th>Reviewed<th>Now</thead>"
    body = f"<table>{head}<tbody>\n" + "\n".join(rows) + "\n</tbody></table>\n" if rows else ""
    body += more(report.differing - len(rows), "difference")
    yield _card("bad wide", f"{counted(report.differing, 'difference')} from the reviewed plan", body)


def _about(report: Report, difference: Difference) -> str:
    what = prose(_WHAT.get(difference.what, difference.what.replace("_", " ")))
    return f"{name(report.below(difference.path))}<br>{what}" if difference.path else what


def _state(text: str) -> str:
    return prose(text) or "nothing"


def _failures(report: Report) -> t.Iterator[str]:
    failed = max(len(report.failures), sum(ending.failed for ending in report.endings))
    if failed:
        items = [
            f"{prose(one.kind)} {name(report.below(one.path))}: {_status(one.status)}{prose(one.why)}"
            for one in report.failures
        ]
        yield _card("bad wide", f"{counted(failed, 'step')} failed", _listed(items) + more(failed - len(items), "step"))


def _status(status: str) -> str:
    return f"status {prose(status)}, " if status else ""


def _unknown(report: Report) -> t.Iterator[str]:
    if report.unknown:
        told = "<p>Nothing is deleted there, and nothing below is in this plan.</p>\n"
        items = [f"{name(one.name)}: {prose(one.why)}" for one in report.unknown]
        yield _card("bad", f"{counted(len(items), 'region')} could not be read", told + _listed(items))


def _deletes(report: Report) -> t.Iterator[str]:
    """All of them, by directory; what goes with a directory that is removed stands under that directory."""
    deletes = [step for step in report.steps if step.sign == "-"]
    count = max(sum(step.weight for step in deletes), report.counts["deletes"])
    if not count:
        return
    gone = {step.path for step in deletes if step.kind in ("rmdir", "quick_delete")}
    groups: dict[str, list[Step]] = collections.defaultdict(list)
    for step in deletes:
        groups[_group(step.path, gone)].append(step)
    is_named = len(deletes) <= _DELETES_NAMED
    folders = sorted(groups, key=lambda folder: (folder not in gone, folder))
    blocks = [_deleted(report, folder, groups[folder], folder in gone, is_named) for folder in folders]
    unlisted = count - sum(step.weight for step in deletes)
    note = "" if is_named else f'<p class="soft">With more than {_DELETES_NAMED:,} deletes only the directories are named.</p>\n'
    where = ", which this result does not list; a plan document (plan_file) does"
    heading = f"{counted(count, 'object')} {_tense(report.verdict, count)}"
    yield _card("del wide", heading, note + "".join(blocks) + more(unlisted, "delete", where))


def _tense(verdict: Verdict, count: int) -> str:
    were = "was" if count == 1 else "were"
    words = {Verdict.DEPLOYED: f"{were} deleted", Verdict.PARTLY: f"{were} to be deleted"}
    words.update(dict.fromkeys((Verdict.REFUSED, Verdict.FAILED), "would be deleted"))
    return words.get(verdict, "will be deleted")


def _group(path: str, gone: t.AbstractSet[str]) -> str:
    """The topmost directory above a path that is removed, or else its own directory."""
    if gone:
        place = path.find("/", 1)
        while place != -1:
            if path[: place + 1] in gone:
                return path[: place + 1]
            place = path.find("/", place + 1)
    return path.rstrip("/").rpartition("/")[0] + "/"


def _deleted(report: Report, folder: str, steps: t.Sequence[Step], is_gone: bool, is_named: bool) -> str:
    count = sum(step.weight for step in steps)
    if count == 1 and not is_gone:
        return f'<p class="leaf">{name(report.below(steps[0].path))}{_gone_link(steps[0])}</p>\n'
    amount = sum(step.before.size or 0 for step in steps if step.before)
    whole = ' <span class="whole">the whole directory</span>,' if is_gone else ""
    told = f"{name(report.below(folder))}{whole} {counted(count, 'object')}{f', {size(amount)}' if amount else ''}"
    inside = [step for step in steps if step.path != folder] if is_named else []
    items = "\n".join(f"<li>{name(step.path[len(folder) :])}{_gone_link(step)}" for step in inside)
    if not items:
        return f'<p class="leaf">{told}</p>\n'
    return folded(told, f'<ul class="names">\n{items}\n</ul>', is_open=count <= _AT_ONCE)


def _gone_link(step: Step) -> str:
    target = step.before.target if step.before else ""
    return f" → {name(target)}" if target else (f" <i>{sizes(step)}</i>" if sizes(step) else "")


def _links(report: Report) -> t.Iterator[str]:
    steps = [step for step in report.steps if step.sign == "~" and step.after and step.after.target]
    if steps:
        items = [path(step, report.below) for step in steps]
        yield _card("chg", f"{counted(len(items), 'link leads', 'links lead')} somewhere else", _listed(items))


def _entry_points(report: Report) -> t.Iterator[str]:
    steps = [step for step in report.steps if step.sign == "~" and step.phase == "entry_points"]
    if steps:
        items = [f"{path(step, report.below)} <i>{sizes(step)}</i>" for step in steps]
        yield _card("chg", f"{counted(len(items), 'entry point changes', 'entry points change')}", _listed(items))


def _large(report: Report) -> t.Iterator[str]:
    steps = sorted((step for step in report.steps if step.sent > LARGE), key=lambda step: (-step.sent, step.path))
    if steps:
        items = [f"{path(step, report.below)} <i>{size(step.sent)}</i>" for step in steps]
        yield _card("chg", f"{counted(len(items), 'file')} over 50 MB", _listed(items))


def _notes(report: Report) -> t.Iterator[str]:
    if report.notes:
        yield _card("", counted(len(report.notes), "note"), _listed([prose(note) for note in report.notes]))


_PARTS: tuple[t.Callable[[Report], t.Iterator[str]], ...] = (
    _problems, _differences, _failures, _unknown, _deletes, _links, _entry_points, _large, _notes,
)  # fmt: skip
