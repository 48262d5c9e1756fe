# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the shorter run leaves to one ansible-core, it leaves for a reason: each area of Ansible is covered on all of them."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.cores import AREAS, BOTH

TESTS = Path(__file__).resolve().parents[2]


class Collected:
    """A plugin that keeps what was collected."""

    items: t.Sequence[pytest.Item] = ()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = list(session.items)


@pytest.fixture(scope="module")
def marked() -> t.Sequence[pytest.Item]:
    """The tests that run on every ansible-core."""
    collected = Collected()
    options = ["-m", "every_core", "--collect-only", "-qqq", "-p", "no:xdist", "-p", "no:cacheprovider"]
    assert pytest.main([str(TESTS / "integration"), *options], plugins=[collected]) == 0
    return collected.items


@pytest.fixture(scope="module")
def covered(marked: t.Sequence[pytest.Item]) -> dict[str, set[str]]:
    """The ways in which each area is covered; a parameter ``way`` says in which one a test is."""
    found: dict[str, set[str]] = {}
    for item in marked:
        way = item.callspec.params.get("way") if isinstance(item, pytest.Function) and hasattr(item, "callspec") else None
        for mark in item.iter_markers("every_core"):
            for area in mark.args:
                found.setdefault(area, set()).update([way] if way in BOTH else mark.kwargs["ways"])
    return found


@pytest.mark.parametrize("area", AREAS)
def test_each_area_is_covered_in_each_way(covered: dict[str, set[str]], area: str) -> None:
    assert area in covered
    assert set(AREAS[area]) <= covered[area]


def test_no_test_covers_an_area_that_is_none(covered: dict[str, set[str]]) -> None:
    assert set(covered) == set(AREAS)


def test_the_newest_core_has_all_tests_and_each_other_the_marked_ones(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(TESTS / "toolchain"))
    import prepare
    import stages

    assert [core.version for core in prepare.CORES] == ["2.18", "2.19", "2.20", "2.21"]
    monkeypatch.setattr(stages, "prepared", lambda cores: [tmp_path / core.version for core in cores])
    suites = {command.venv.name: command.arguments for command in stages.integration()}
    assert list(suites) == ["2.21", "2.18"]
    assert [core for core, arguments in suites.items() if "every_core" in arguments] == ["2.18"]
    for core in prepare.CORES:
        (alone,) = stages.RUNS[f"core-{core.version}"]["integration"]()
        assert (alone.venv, "every_core" in alone.arguments) == (core.venv, True)
    everything = {command.venv.name: command.arguments for command in stages.integration(everywhere=True)}
    assert list(everything) == ["2.21", "2.18", "2.19", "2.20", "2.22"]
    assert not any("every_core" in arguments for arguments in everything.values())
