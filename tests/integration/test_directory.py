# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_directory: every state, four times."""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import REFUSALS, RUNS, Case, Ran, play_all, verify
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Player
from ansible_collections.edgeops.netstorage.tests.integration.service import DIR, MTIME, Link

CASES = [
    Case(
        "fresh",
        "A directory where nothing is",
        steps=["mkdir fresh/ (absent)", "mkdir fresh/a/ (absent)", "mkdir fresh/a/b/ (absent)"],
        after={"": DIR, "a/": DIR, "a/b/": DIR},
        result={"path": "/123456/fresh/a/b"},
        path="fresh/a/b",
    ),
    Case(
        "implicit",
        "A directory that is implicit",
        before={"": DIR, "site/a.txt": "a"},
        steps=["mkdir implicit/site/ (implicit)"],
        after={"": DIR, "site/": DIR, "site/a.txt": "a"},
    ),
    Case("there", "A directory that is there", before={"": DIR, "site/": DIR, "site/a": "a"}, result={"mtime": MTIME}),
    Case(
        "twin",
        "A directory with the name of a file",
        before={"": DIR, "site": "a file"},
        steps=["mkdir twin/site/ (absent)"],
        after={"": DIR, "site": "a file", "site/": DIR},
        notes="A file of the same name exists beside the directory /123456/twin/site",
    ),
    Case(
        "leave",
        "A directory, its parents left as they are",
        steps=["mkdir leave/a/b/ (absent)"],
        after={"a/b/": DIR},
        path="leave/a/b",
    ),
    Case(
        "gone",
        "No directory where one is empty",
        before={"": DIR, "site/": DIR},
        steps=["rmdir gone/site/ (wanted absent)"],
        after={"": DIR},
        pages=1,
    ),
    Case("nothing", "No directory where none is", before={"site.txt": "a"}),
    Case(
        "full",
        "No directory although it is full",
        before={"site/": DIR, "site/a": "a", "site/b/": DIR, "site/b/c": "c", "site/l": Link("a"), "site/d/e/f": "f"},
        steps=[
            "delete full/site/l (wanted absent)",
            "delete full/site/a (wanted absent)",
            "delete full/site/b/c (wanted absent)",
            "delete full/site/d/e/f (wanted absent)",
            "rmdir full/site/b/ (wanted absent)",
            "rmdir full/site/ (wanted absent)",
        ],
        after={},
        pages=1,
    ),
    Case(
        "beside",
        "No directory, and what is beside it stays",
        before={"site": "a", "site/a": "a", "site/": DIR, "site-1/a": "a", "site.txt": "a", "site0": "a"},
        steps=["delete beside/site/a (wanted absent)", "rmdir beside/site/ (wanted absent)"],
        after={"site": "a", "site-1/a": "a", "site.txt": "a", "site0": "a"},
        pages=1,
    ),
    Case(
        "vanishing",
        "No directory that is only implicit",
        before={"site/a": "a"},
        steps=["delete vanishing/site/a (wanted absent)"],
        after={},
        pages=1,
    ),
    Case(
        "odd",
        "No directory with odd names in it",
        before={"site/..": "a", "site//b": "b"},
        steps=["delete odd/site/.. (wanted absent)", "delete odd/site//b (wanted absent)"],
        after={},
        pages=1,
    ),
]
REFUSED = [
    Case(
        "refused-full",
        "No directory that is full, without recurse",
        before={"site/": DIR, "site/a": "a"},
        fails=("not_empty", "Set recurse: true"),
    ),
    Case(
        "refused-implicit",
        "No implicit directory, without recurse",
        before={"site/a": "a"},
        fails=("not_empty", "Set recurse: true"),
    ),
    Case(
        "refused-link",
        "A directory where a symlink stands",
        before={"site": Link("elsewhere"), "elsewhere/a": "a"},
        fails=("link_in_the_way", "ns_symlink"),
    ),
    Case(
        "refused-below",
        "A directory below a symlink",
        before={"site": Link("elsewhere"), "elsewhere/a": "a"},
        fails=("link_in_the_way", "/123456/refused-below/site"),
    ),
    Case(
        "refused-odd",
        "No directory with odd names in it, without leave",
        before={"site/a": "a", "site/..": "a"},
        fails=("unusual_names", "unusual_names: allow"),
    ),
]


@pytest.fixture(scope="module")
def ran(stage: Player) -> dict[str, Ran]:
    return play_all(stage, "directory.yml", CASES)


@pytest.fixture(scope="module")
def refused(stage: Player) -> dict[str, Ran]:
    return play_all(stage, "directory_refusals.yml", REFUSED, REFUSALS)


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_directory_case_holds_in_every_run(case: Case, run: str, ran: dict[str, Ran]) -> None:
    verify(case, run, ran)


def test_the_conversion_is_shown(ran: dict[str, Ran]) -> None:
    assert "~ mkdir site/ (implicit → explicit)" in ran["diff"].outcome.output


@pytest.mark.parametrize("run", REFUSALS)
@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_each_refused_directory_task_changes_nothing(case: Case, run: str, refused: dict[str, Ran]) -> None:
    verify(case, run, refused)
