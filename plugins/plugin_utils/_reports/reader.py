# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results and plan documents read into a ``Report``. Documents come from artefact stores: nothing of their shape is trusted."""

from __future__ import annotations

import base64
import binascii
import collections.abc as c
import re

from ...module_utils._model.paths import shown
from .report import (
    COUNTS,
    REMARKS,
    Content,
    Difference,
    Ending,
    FailedStep,
    Origin,
    Problem,
    Report,
    Side,
    Step,
    Unknown,
    Verdict,
    together,
)
from .task_results import Result, is_document, mapping, mappings, number, results_of, text

_READS = frozenset({"dir", "download", "du", "list", "stat"})
_SIZES = re.compile(r"(?:([0-9]+) → )?([0-9]+) bytes")
_WHOLE = re.compile(r"([0-9]+) objects with ([0-9]+) bytes")
_SIGNS = ("+", "~", "-")


def read(value: object, *, drift: bool = False) -> Report:
    """The report of a result, the results of a loop, a plan document, or a list of these.

    Raises:
        BadOptions: something in it is none of them.
    """
    found = results_of(value, documents=True)
    return together([_of_document(one) if is_document(one) else _of_result(one) for one in found], drift=drift)


def _counts(summary: object) -> dict[str, int]:
    return {word: number(mapping(summary).get(word)) for word in (*COUNTS, *REMARKS, "bytes")}


def _named(values: Result, name: str) -> str:
    """A name: its bytes where it was no plain text."""
    try:
        raw = values.get(f"{name}_b64")
        if isinstance(raw, str):
            return shown(base64.b64decode(raw, validate=True))
    except (binascii.Error, ValueError):
        pass
    return text(values.get(name))


def _texts(value: object) -> tuple[str, ...]:
    return tuple(text(one) for one in value if text(one)) if isinstance(value, list) else ()


def _failures(value: object) -> tuple[FailedStep, ...]:
    words = ("path", "step", "status", "why")
    return tuple(FailedStep(*(text(one.get(word)) for word in words)) for one in mappings(value))


def _calls(value: object) -> tuple[tuple[str, int], ...]:
    return tuple((str(name), number(count)) for name, count in sorted(mapping(value).items(), key=str) if number(count))


def _differences(value: object) -> tuple[Difference, ...]:
    words = ("path", "what", "reviewed", "now")
    return tuple(Difference(*(text(one.get(word)) for word in words)) for one in mappings(value))


# -- results


def _of_result(result: Result) -> Report:
    plan, failure = mapping(result.get("plan")), mapping(result.get("failure"))
    steps = tuple(_result_step(step) for step in mappings(plan.get("steps")))
    differences = _differences(failure.get("differences"))
    texts, remarks = _diff(result.get("diff"))
    problems = [Problem(text(failure.get("code")), text(result.get("msg")), text(failure.get("hint")))]
    return Report(
        verdict=_verdict_of_result(result, bool(steps)),
        counts=_counts(plan.get("summary")),
        steps=steps,
        origins=(Origin(path=text(result.get("path")), digest=text(plan.get("digest"))),),
        problems=tuple(problems) if result.get("failed") else (),
        differences=differences,
        differing=max(len(differences), number(failure.get("differences_total"))),
        failures=_failures(result.get("failed_paths")),
        notes=_texts(result.get("notes")),
        texts=texts,
        remarks=remarks,
        endings=_ending_of_result(result),
    )


def _verdict_of_result(result: Result, has_steps: bool) -> Verdict:
    """A result does not say whether it is one of check mode; its requests do."""
    changed = any(name not in _READS for name, _count in _calls(result.get("api_calls")))
    if result.get("failed"):
        if number(mapping(result.get("counts")).get("done")) or result.get("changed"):
            return Verdict.PARTLY
        return Verdict.REFUSED if has_steps and not changed and not result.get("failed_paths") else Verdict.FAILED
    if has_steps or result.get("changed"):
        return Verdict.DEPLOYED if changed else Verdict.CHANGES
    return Verdict.NOTHING


def _ending_of_result(result: Result) -> tuple[Ending, ...]:
    calls, counts = _calls(result.get("api_calls")), mapping(result.get("counts"))
    if not calls and not counts:
        return ()
    done = number(counts.get("done")) if counts else None
    state = "failed" if result.get("failed") else ""
    return (Ending(state, done, number(counts.get("failed")), number(counts.get("left")), api_calls=calls),)


def _result_step(step: Result) -> Step:
    """A result has sizes before the step in words only, in ``detail``."""
    sign, detail, size = text(step.get("sign")), text(step.get("detail")), number(step.get("size"))
    target, previous = text(step.get("target")), text(step.get("previous_target"))
    found = _SIZES.search(detail) if not target and not previous and not _WHOLE.search(detail) else None
    old, new = (None if group is None else int(group) for group in found.groups()) if found else (None, None)
    same = old is None and sign == "~" and size
    before = Side("", new if sign == "-" or same else old, previous) if sign != "+" or previous else None
    after = Side("", size or (new if sign != "-" else None), target) if sign != "-" or target else None
    return _step(step, text(step.get("path")), text(step.get("source")), before, after, size)


def _diff(value: object) -> tuple[tuple[Content, ...], tuple[str, ...]]:
    """The contents in a result's ``diff``, whose first item is the plan in lines, and the notes after them."""
    items = [mapping(value)] if isinstance(value, c.Mapping) else mappings(value)
    texts = tuple(_content(item, _header(item)) for item in items if "before" in item or "after" in item)
    notes = tuple(line.strip("()") for item in items[1:] for line in text(item.get("prepared")).splitlines())
    return texts, notes


def _header(item: Result) -> str:
    heads = [text(item.get(name)) for name in ("after_header", "before_header")]
    return next((head for head in heads if not head.endswith(" (absent)")), heads[0])


# -- documents


def _of_document(document: Result) -> Report:
    guard, outcome = mapping(document.get("guard")), mapping(document.get("outcome"))
    steps = tuple(_document_step(step) for step in mappings(document.get("steps")))
    error = mapping(outcome.get("error"))
    problems = tuple(
        Problem(text(one.get("code")), text(one.get("msg")), text(one.get("hint")))
        for one in (guard, error if error.get("code") != guard.get("code") else {})
        if one
    )
    is_open = not document.get("outcome") and not guard and document.get("check") is False and bool(steps)
    remarks = [remark for remark, holds in ((_OPEN, is_open), (_MASKED, document.get("masked"))) if holds]
    items = mappings(document.get("texts"))
    return Report(
        verdict=_verdict_of_document(guard, outcome, bool(steps)),
        counts=_counts(document.get("summary")),
        steps=steps,
        origins=(_origin(document),),
        problems=problems,
        failures=_failures(outcome.get("failed")),
        unknown=tuple(Unknown(_named(one, "name"), text(one.get("why"))) for one in mappings(document.get("unknown"))),
        notes=(*remarks, *_texts(document.get("notes"))),
        texts=tuple(_content(item, _named(item, "key")) for item in items if "before" in item or "after" in item),
        images=tuple(_content(item, _named(item, "key")) for item in mappings(document.get("images"))),
        remarks=tuple(text(item.get(word)).strip("()\n") for item in items for word in ("note", "prepared") if item.get(word)),
        endings=(_ending_of_document(outcome),) if outcome else (),
    )


def _verdict_of_document(guard: Result, outcome: Result, has_steps: bool) -> Verdict:
    state = text(outcome.get("state"))
    if state == "refused" or (guard and not outcome):
        return Verdict.REFUSED
    if state in ("failed", "stopped"):
        return Verdict.PARTLY if number(outcome.get("done")) else Verdict.FAILED
    if not has_steps:
        return Verdict.NOTHING
    return Verdict.DEPLOYED if state == "done" else Verdict.CHANGES


def _ending_of_document(outcome: Result) -> Ending:
    failed = len(mappings(outcome.get("failed")))
    seconds = text(outcome.get("seconds"))
    ended = text(outcome.get("ended"))
    calls = _calls(outcome.get("api_calls"))
    return Ending(
        text(outcome.get("state")), number(outcome.get("done")), failed, number(outcome.get("left")), seconds, ended, calls
    )


def _origin(document: Result) -> Origin:
    words = ("host", "revision", "digest", "made", "schema", "collection")
    policy = tuple((str(name), _value(value)) for name, value in sorted(mapping(document.get("policy")).items(), key=str))
    return Origin(path=_named(document, "path"), policy=policy, **{word: text(document.get(word)) for word in words})


def _value(value: object) -> str:
    """A value of the policy as one would write it in a playbook."""
    if isinstance(value, list):
        return ", ".join(_value(one) for one in value)
    if isinstance(value, c.Mapping):
        return ", ".join(f"{name}: {_value(one)}" for name, one in value.items())
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _document_step(step: Result) -> Step:
    before, after = _side(step.get("before")), _side(step.get("after"))
    is_sent = after is not None and after.kind == "file" and step.get("step") not in ("mtime", "rename")
    sent = (after.size or 0) if is_sent and after is not None else 0
    return _step(step, _named(step, "key"), _named(step, "source"), before, after, sent)


def _side(value: object) -> Side | None:
    side = mapping(value)
    if not side:
        return None
    size = side.get("size")
    return Side(text(side.get("kind")), number(size) if isinstance(size, int) else None, _named(side, "target"))


def _content(item: Result, path: str) -> Content:
    before, after = (item.get(name) for name in ("before", "after"))
    return Content(path, before if isinstance(before, str) else None, after if isinstance(after, str) else None)


# -- both


def _step(step: Result, path: str, source: str, before: Side | None, after: Side | None, sent: int) -> Step:
    sign, detail = text(step.get("sign")), text(step.get("detail")) or _change_of_kind(before, after)
    whole = _WHOLE.search(detail)
    objects = number(step.get("objects")) or (int(whole.group(1)) if whole else 0)
    if whole and before is not None and before.size is None:
        before = before._replace(size=number(step.get("bytes")) or int(whole.group(2)))
    words = (text(step.get("step")), path, text(step.get("why")), detail, text(step.get("phase")), source)
    return Step(sign if sign in _SIGNS else "?", *words, before, after, sent, objects)


def _change_of_kind(before: Side | None, after: Side | None) -> str:
    """What a document says by its two sides only."""
    if before is None or after is None or before.kind == after.kind:
        return ""
    kinds = (before.kind, after.kind)
    return "implicit → explicit" if kinds == ("implicit_directory", "directory") else " → ".join(kinds).strip(" →")


_MASKED = "Something in this document is masked because it is a secret: a name, a text or a link's target is not shown as it is."
_OPEN = (
    "This is the document of a real run that has not written down how it ended: it is still running, or was killed. "
    "What was done by then is not known here."
)
