# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run finds exactly what the emulator was set to. These seeds show every setting of every knob; a stage of ``make soak`` has
others (tests/soak/conformance.py)."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._queries.base import Answer
from ansible_collections.edgeops.netstorage.tests.contract.conformance.conformance_run import (
    CHOICES,
    DEFAULTS,
    Expected,
    answers_in,
    combination,
    conforming,
)
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import Account
from netstorage_emulator.control import Running, running

SEEDS = (1024, 1513, 1711, 1847, 2508, 2713)
READ = {"stat_root", "stat_top", "list_refused", "replay", "clock_skew", "clock_window"}
"""The knobs that are found without writing."""


@pytest.mark.parametrize("seed", SEEDS)
def test_a_run_finds_every_setting_of_a_combination(
    emulator: Running, account: Account, place: bytes, tmp_path: Path, seed: int
) -> None:
    chosen = combination(seed)
    emulator.control.set_knobs(**chosen)
    found = conforming(account, place)
    assert Expected(chosen).wrong(found) == []
    assert (found.values["left"], emulator.control.tree(place[1:]), found.notes) == (0, [], [])
    assert found.values["requests_sent"] <= 300
    assert_nothing_of_the_account_is_in(found, account, place)
    assert_profile_imitates(found, chosen, tmp_path)


def assert_profile_imitates(found: Answer, chosen: t.Mapping[str, t.Any], folder: Path) -> None:
    """An emulator that begins with it has what was set, or its default where that could not be seen. Times and halves of pages
    are held by ``Expected``."""
    file = folder / "profile.json"
    file.write_text(json.dumps(found.values["profile"]), "utf-8")
    with running(account="a", key="k", cp_codes=["1"], profile=str(file)) as imitating:
        settings = imitating.control.knobs()
    expected = {name: chosen[name] if Expected(chosen).shows(name) else DEFAULTS[name] for name in CHOICES}
    exact = set(CHOICES) - {"propagation", "rmdir_lag", "page_size"}
    assert {name: settings[name] for name in exact} == {name: expected[name] for name in exact}


def test_the_seeds_show_every_setting_of_every_knob() -> None:
    chosen = [Expected(combination(seed)) for seed in SEEDS]
    shown = {(name, value) for one in chosen for name, value in one.settings.items() if one.shows(name)}
    every = {(name, value) for name, values in CHOICES.items() for value in values}
    assert every - shown == {("max_page", "none")}, "which no run can see"


def test_nothing_is_found_where_nothing_is_set_but_the_defaults(usual: Answer) -> None:
    assert Expected(DEFAULTS).wrong(usual) == []
    beside = {name: one["answer"] for name, one in answers_in(usual).items() if not one["is_knob"]}
    assert beside == {
        "client_left": "carried out", "client_left_half_way": "nothing is stored", "list_resume": "as the path, and as start",
        "server": "AkamaiNetStorage",
    }  # fmt: skip


def test_a_wrong_answer_of_any_knob_would_be_noticed(usual: Answer) -> None:
    """The comparison itself: what was found under the defaults is wrong under every other setting, but for one that looks
    alike."""
    others = [(name, value) for name, values in CHOICES.items() for value in values[1:]]
    unnoticed = [(name, value) for name, value in others if not Expected({**DEFAULTS, name: value}).wrong(usual)]
    assert unnoticed == [("page_size", "unlimited")]


@pytest.mark.parametrize(("write", "check"), [(False, False), (True, True)])
def test_what_only_reads_changes_nothing(emulator: Running, account: Account, place: bytes, write: bool, check: bool) -> None:
    """And the rest is listed as not asked. Check mode is the same."""
    since = emulator.control.journal_length()
    found = conforming(account, place, write, check=check)
    assert {entry["method"] for entry in emulator.control.journal(since)} == {"GET"}
    answers = answers_in(found)
    assert {name for name, one in answers.items() if one["answer"] is not None} == READ | {"server"}
    assert {one["why"][:9] for name, one in answers.items() if one["answer"] is None} == {"not asked"}
    assert found.values["changed"] is False


def test_slashes_that_are_refused_are_found_without_writing(emulator: Running, account: Account, place: bytes) -> None:
    emulator.control.set_knobs(path_check="disallow")
    assert answers_in(conforming(account, place, write=False))["path_check"]["answer"] == "disallow"


def test_an_account_that_does_not_see_the_root_does_not_guess(emulator: Running, account: Account, place: bytes) -> None:
    emulator.control.restrict(account.account, place.decode())
    try:
        answers = answers_in(conforming(account, place + b"/scratch"))
    finally:
        emulator.control.restrict(account.account)
    unknown = {name for name, one in answers.items() if one["answer"] is None}
    assert unknown == {"stat_root", "stat_top", "max_page", "page_size"}
    assert "may not see the root" in answers["stat_top"]["why"]


def test_an_account_that_may_not_write_gets_the_part_that_reads(emulator: Running, account: Account, place: bytes) -> None:
    emulator.control.add_faults({"kind": "status", "status": 403, "action": "mkdir", "times": None})
    found = conforming(account, place)
    answers = answers_in(found)
    assert {name for name, one in answers.items() if one["answer"] is not None} == READ | {"server"}
    assert answers["rename_existing"]["why"] == "not asked: the directory could not be made"
    assert [note[:38] for note in found.notes] == ["Nothing could be written: mkdir of /12"]


def assert_nothing_of_the_account_is_in(found: Answer, account: Account, place: bytes) -> None:
    """Nor of the host, the CP code or a path, whatever the texts of the service say; only the result itself names them."""
    told = json.dumps([found.values[name] for name in ("profile", "form", "answers", "summary", "not_asked")])
    names = [part for part in place.decode().split("/") if part]
    secrets = [account.key, account.account, account.host, account.host.partition(":")[2], *names]
    assert [one for one in secrets if one in told] == []
