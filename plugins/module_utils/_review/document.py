# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan document: JSON with one step a line, so that it can be written, read and searched without being held in memory.

A name is text where it is UTF-8 and printable; else its bytes stand beside it in base64 (``key_b64``), and the text is as it is
shown to people. Readers ignore members that they do not know.
"""

from __future__ import annotations

import base64
import binascii
import json
import typing as t

from .._local.whole_file import whole_file
from .._model.masking import masked
from .._model.paths import encoded, shown
from .._plan.steps import Plan, Step, StepKind
from .step_record import SCHEMA, Side, StepRecord, Subject, record_of

COLLECTION = "1.0.0"
"""The version of this collection, as in galaxy.yml."""
STEPS_BEGIN = b' "steps": [\n'
STEPS_END = b" ],\n"
_BLOCK = 1_048_576
Values = dict[str, t.Any]


class WrittenDocument:
    """A plan document that was written, so that the outcome can be added when the run has ended."""

    def __init__(self, path: bytes, steps_end: int, tail: Values, secret: str) -> None:
        self._path, self._steps_end, self._tail, self._secret = path, steps_end, tail, secret
        self._file = open(path, "rb")  # noqa: SIM115  # whatever becomes of the path, these are the steps

    def close(self) -> None:
        self._file.close()

    def add_outcome(self, outcome: Values) -> None:
        """Write the document anew, with what became of the plan. Raises LocalFailed."""
        with whole_file(self._path) as file:
            left = self._steps_end
            self._file.seek(0)
            while left:
                block = self._file.read(min(left, _BLOCK))
                file.write(block)
                left -= len(block)
            file.write(_tail_lines({**self._tail, "outcome": outcome}, self._secret))


def write_document(path: bytes, head: Values, subject: Subject, plan: Plan, tail: Values, secret: str) -> WrittenDocument:
    """Write the document of a plan.

    Args:
        head: collection, made (UTC, ISO 8601), check.
        tail: summary, digest, guard, unknown, notes, texts, images.
        secret: what must not be in it; masked as in results.

    Raises:
        LocalFailed: it cannot be written there.
    """
    values: Values = {"schema": SCHEMA, **head, "host": subject.host, **named("path", subject.path)}
    values.update(policy=subject.policy, revision="")
    is_masked = False
    with whole_file(path) as file:
        file.write(b"{" + _members(values, secret) + b",\n" + STEPS_BEGIN)
        separator = b""
        for number, step in enumerate(plan.pinned_steps(), start=1):
            line, hides = _line(step_values(number, step), secret)
            is_masked = is_masked or hides
            file.write(separator + line)
            separator = b",\n"
        file.write((b"\n" if separator else b"") + STEPS_END)
        steps_end = file.tell()
        tail = {**tail, "masked": True} if is_masked else tail
        file.write(_tail_lines({**tail, "outcome": None}, secret))
    return WrittenDocument(path, steps_end, tail, secret)


def step_values(number: int, step: Step) -> Values:
    """A step as a line of the document."""
    record = record_of(step)
    return {
        "n": number,
        "step": record.step,
        "sign": step.sign,
        **named("key", record.key),
        "before": _side_values(record.before),
        "after": _side_values(record.after),
        "why": step.why.value,
        "phase": step.phase.name.lower(),
    }


def record_in(values: t.Mapping[str, t.Any]) -> StepRecord:
    """The step of a line. Raises ValueError, KeyError or TypeError where it is none."""
    step = StepKind(values["step"]).value
    return StepRecord(step, name_in("key", values), _side_in(values["before"]), _side_in(values["after"]))


def named(member: str, name: bytes) -> Values:
    """A name as one member, or where its text alone would not tell its bytes, as two."""
    text = shown(name)
    values: Values = {member: text}
    if text.encode() != name:
        values[f"{member}_b64"] = base64.b64encode(name).decode()
    return values


def name_in(member: str, values: t.Mapping[str, t.Any]) -> bytes:
    """The name that ``named`` wrote. Raises ValueError where the text shows another one than the bytes say."""
    text = values[member]
    if not isinstance(text, str):
        raise ValueError(member)
    if f"{member}_b64" not in values:
        return text.encode("utf-8")
    try:
        name = base64.b64decode(values[f"{member}_b64"], validate=True)
    except binascii.Error as error:
        raise ValueError(member) from error
    if shown(name) != text:
        raise ValueError(member)
    return name


def _side_values(side: Side | None) -> Values | None:
    if side is None:
        return None
    values: Values = {name: value for name, value in side._asdict().items() if value is not None and name != "target"}
    if side.target is not None:
        values.update(named("target", side.target))
    return values


def _side_in(values: t.Mapping[str, t.Any] | None) -> Side | None:
    if values is None:
        return None
    target = name_in("target", values) if "target" in values else None
    side = Side(values["kind"], values.get("size"), values.get("md5"), values.get("sha256"), target, values.get("mtime"))
    texts = (side.kind, side.md5 or "", side.sha256 or "")
    numbers = (side.size or 0, side.mtime or 0)
    if not all(isinstance(text, str) for text in texts) or not all(isinstance(number, int) for number in numbers):
        raise ValueError(side)
    return side


def _tail_lines(tail: Values, secret: str) -> bytes:
    return b" " + _members(tail, secret) + b"}\n"


def _members(values: Values, secret: str) -> bytes:
    """Members of the document, a line each."""
    return b",\n ".join(json.dumps(name).encode() + b": " + _line(value, secret)[0] for name, value in values.items())


def _line(value: object, secret: str) -> tuple[bytes, bool]:
    """JSON without the secret, and whether that took something out."""
    line = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
    written = json.dumps(secret, ensure_ascii=False)[1:-1].encode()
    if not secret or (written not in line and not (b'_b64":' in line and _encodes(value, secret))):
        return line, False
    hidden = masked(_without_encoded(value), [secret])
    return json.dumps(hidden, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace"), True


def _encodes(value: object, secret: str) -> bool:
    """Whether the secret stands in a name whose bytes are in base64."""
    if isinstance(value, dict):
        coded = [text for name, text in value.items() if name.endswith("_b64")]
        return any(encoded(secret) in base64.b64decode(text) for text in coded) or any(
            _encodes(item, secret) for item in value.values()
        )
    return False


def _without_encoded(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_encoded(item) for name, item in value.items() if not name.endswith("_b64")}
    return value
