# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fingerprint: what was found, as settings of the emulator's knobs, and as a page for an issue. Pure.

Nothing of the account, the host or any name is in it: it is made of answers, of words (``words``) and of numbers alone.
"""

from __future__ import annotations

import typing as t

from .scenes import Finding

NOT_ASKED: tuple[tuple[str, str], ...] = (
    ("pages longer than what a run makes", "to see the end of one of a thousand rows takes a thousand objects"),
    ("for how long repeated signatures are refused", "it takes longer than a run"),
    ("quick-delete that takes longer than 20 seconds", "it takes longer than a run"),
    ("plain HTTP", "it would show the signature to anybody on the way"),
    ("throttling, and how many requests a second are taken", "it would disturb others who use the account"),
    ("the largest object, the longest path, the most names in a directory", "they would take more than a run may send"),
    ("rename between two CP codes", "a run has one directory of one CP code"),
    ("setmd", "it is in one client only, and nothing sends it"),
    ("what other replicas show, and the edges", "the upload host is all that is asked"),
)
"""What no run finds out, and why."""

ABOUT = "What a NetStorage answered to edgeops.netstorage.conformance; see docs/conformance.md."
Profile = dict[str, t.Any]


def profile(findings: t.Sequence[Finding]) -> Profile:
    """For ``netstorage-emulator serve --profile``: the settings that were found, and why others were not."""
    knobs = [one for one in findings if one.is_knob]
    settings = {one.name: one.likely if one.answer is None else one.answer for one in knobs}
    return {
        "about": ABOUT,
        "knobs": {name: setting for name, setting in settings.items() if setting is not None},
        "not_known": {one.name: one.why for one in knobs if one.answer is None},
    }


def told(findings: t.Sequence[Finding]) -> list[dict[str, t.Any]]:
    """For the result of a module."""
    return [
        {
            "question": one.name,
            "asked": one.asked,
            "is_knob": one.is_knob,
            "answer": None if one.answer is None else str(one.answer),
            "why": one.why,
            "seen": list(one.seen),
            "requests": one.requests,
        }
        for one in findings
    ]


def summary(findings: t.Sequence[Finding]) -> list[str]:
    """A line for all of them, and one for each."""
    answered = sum(one.answer is not None for one in findings)
    return [f"{answered} of {len(findings)} questions are answered"] + [
        f"{one.name}: {one.why if one.answer is None else one.answer}" for one in findings
    ]


def form(findings: t.Sequence[Finding], requests: int, wrote: bool) -> str:
    """The page: every question with its answer, what was seen, and what was not asked."""
    found = [one for one in findings if one.answer is not None]
    lines = [
        "## How a NetStorage answers",
        "",
        f"{len(found)} of {len(findings)} questions are answered.",
        f"It took {requests} requests{'' if wrote else ', which only read'}.",
        "",
        "| question | | answer | seen |",
        "| --- | --- | --- | --- |",
    ]
    lines += [_row(one) for one in findings]
    lines += ["", "Not asked:", ""]
    lines += [f"* {what}: {why}" for what, why in NOT_ASKED]
    return "\n".join(lines) + "\n"


def _row(one: Finding) -> str:
    name = f"`{one.name}`" if one.is_knob else one.name.replace("_", " ")
    answer = one.why if one.answer is None else f"`{one.answer}`" if one.is_knob else str(one.answer)
    return f"| {name} | {one.asked} | {answer} | {'; '.join(one.seen)} |"
