# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What playbooks rely on changes only together with tests/public_surface.txt, so that a reviewer sees it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SHOWN = 40


@pytest.fixture(autouse=True)
def _toolchain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tests/toolchain"))


def difference(now: list[str], was: list[str]) -> list[str]:
    lines = [f"- {fact}" for fact in sorted(set(was) - set(now))] + [f"+ {fact}" for fact in sorted(set(now) - set(was))]
    return lines if len(lines) <= SHOWN else [*lines[:SHOWN], f"and {len(lines) - SHOWN} more"]


def test_the_public_surface_is_as_it_is_written_down() -> None:
    import public_surface

    now, text = public_surface.facts(), public_surface.SURFACE.read_text(encoding="utf-8")
    lines = difference(now, text.splitlines())
    if lines:
        told = "\n".join(lines)
        pytest.fail(
            f"The public surface is not as tests/public_surface.txt has it:\n\n{told}\n\n"
            "If that is meant, `make surface` writes it down anew; a changelog fragment goes with it. A fact that goes (-) or is "
            "another one now, or something new that an old task must set, breaks playbooks: breaking_changes, and a major "
            "release. A new fact (+) is a minor one. Nothing else is a patch.",
            pytrace=False,
        )
    assert text == public_surface.written(now), "sorted, one fact a line: make surface"


@pytest.mark.parametrize(
    "fact",
    [
        'module ns_sync, option links, choice "preserve"',
        "module ns_sync, option host, required",
        "module ns_sync, returns plan.summary: dict",
        "module ns_file, option host, environment NETSTORAGE_HOST",
        "lookup ns_stat, option host, ansible.cfg netstorage.host",
        "filter ns_purge_urls, returns _value: list of raw",
        "action group all: ns_sync",
        'setting netstorage_progress, choice "lines"',
        "role mirror, sets mirror_result",
        "role mirror, variable mirror_path, required",
        "failure max_delete",
        "failure expect_plan",
        "failure not_text",
        "document edgeops.netstorage/plan/1, member steps[].before.sha256",
        "document edgeops.netstorage/plan/1, member policy.protect",
        "document edgeops.netstorage/drift/1, member state",
        "playbook quickstart, variable netstorage_host, required",
    ],
)
def test_each_kind_of_fact_is_in_the_surface(fact: str) -> None:
    """So that a reader that finds nothing any more is noticed."""
    assert fact in (ROOT / "tests/public_surface.txt").read_text(encoding="utf-8").splitlines()


def test_a_word_of_a_guard_that_cannot_be_read_is_an_error() -> None:
    import surface_in_code

    module = ast.parse("def f(word, other):\n    GuardTripped(word, 1)\n\ndef g():\n    f('one', 2)\n    f('two', 2)\n")
    function = module.body[0]
    assert isinstance(function, ast.FunctionDef)
    assert surface_in_code.guard_codes(module, function) == {"one", "two"}
    unknown = ast.parse("def f(word):\n    GuardTripped(word.x, 1)\n").body[0]
    assert isinstance(unknown, ast.FunctionDef)
    with pytest.raises(ValueError, match="literal"):
        surface_in_code.guard_codes(module, unknown)


def test_a_difference_is_shown_in_lines_that_are_few() -> None:
    assert difference(["a", "c"], ["a", "b"]) == ["- b", "+ c"]
    assert difference([str(number) for number in range(60)], [])[-1] == "and 20 more"
