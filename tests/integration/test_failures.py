# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures that come from outside: each message says what to do, and nothing is lost in any of them."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import (
    LIMITED_ACCOUNT,
    LIMITED_KEY,
    LIMITED_TO,
    ROOT,
    STRANGER,
    STRANGER_KEY,
    changes,
)

WRITE: dict[str, t.Any] = {"path": "site/a.txt", "content": "new"}


@pytest.fixture
def kept(player: Player) -> t.Iterator[Player]:
    """A player with something on the service, which is as it was in the end."""
    player.service.load({"site/a.txt": "old"})
    before = player.service.tree()
    yield player
    assert player.service.tree() == before


def refused(outcome: Outcome, code: str, *told: str) -> None:
    assert outcome.status != 0
    assert outcome.result["failure"]["code"] == code, outcome.result
    for text in told:
        assert text in outcome.result["msg"], outcome.result["msg"]


def test_a_wrong_key(kept: Player) -> None:
    outcome = kept.task("ns_file", **WRITE, key="this-is-not-the-right-key")
    refused(outcome, "auth_refused", "403 Forbidden", "the key is not this account's HTTP API key")
    assert "this-is-not-the-right-key" not in outcome.output
    assert set(changes(outcome.requests)) == set()


def test_an_unknown_account(kept: Player) -> None:
    refused(kept.task("ns_file", **WRITE, account="nobody"), "auth_refused", "the account id is wrong")


def test_a_cp_code_of_others(kept: Player) -> None:
    outcome = kept.task("ns_file", **WRITE, account=STRANGER, key=STRANGER_KEY)
    refused(outcome, "auth_refused", "may not use the CP code 123456")


@pytest.mark.parametrize(("skew", "told"), [(-600, "ahead of"), (600, "behind")])
def test_a_skewed_clock(kept: Player, skew: int, told: str) -> None:
    kept.service.emulator.control.set_knobs(clock_skew=skew)
    outcome = kept.task("ns_file", **WRITE)
    refused(outcome, "auth_refused", "The clock of this machine is", told, "Set the clock (NTP)")


def test_a_closed_port(kept: Player) -> None:
    outcome = kept.task("ns_file", **WRITE, host="127.0.0.1:9", max_retries=0)
    refused(outcome, "unreachable", "127.0.0.1:9 refuses connections", "Check host, port and protocol")


def test_a_host_that_has_no_address(kept: Player) -> None:
    outcome = kept.task("ns_file", **WRITE, host="no-such-host.invalid", max_retries=0)
    refused(outcome, "unreachable", "no-such-host.invalid has no address", "Check the spelling of host")


def test_a_proxy_that_is_not_there(kept: Player) -> None:
    """``use_proxy: false`` does without."""
    proxy = {"http_proxy": "http://127.0.0.1:9", "no_proxy": "", "NO_PROXY": ""}
    task = [{"name": "Task", "edgeops.netstorage.ns_directory": {"path": "site", "state": "absent", "max_retries": 0}}]
    outcome = kept.play(kept.write("proxy.json", task, environment=proxy))
    refused(outcome, "unreachable", "the proxy 127.0.0.1:9", "use_proxy: false ignores it")
    task[0]["edgeops.netstorage.ns_directory"].update(path="none", use_proxy=False)
    assert kept.play(kept.write("no-proxy.json", task, environment=proxy)).status == 0


def https(player: Player) -> dict[str, t.Any]:
    return {"host": f"127.0.0.1:{player.service.emulator.https_port}", "protocol": "https"}


def test_a_certificate_that_does_not_verify_has_a_hint(kept: Player) -> None:
    outcome = kept.task("ns_file", **WRITE, **https(kept))
    refused(outcome, "unreachable", "does not verify", "give ca_path its certificates")


def test_a_certificate_of_an_authority_of_our_own(player: Player) -> None:
    """``ca_path``, also from the environment; and ``validate_certs: false`` takes any."""
    authority = str(player.service.authority)
    for name, more, environment in [
        ("option", {"ca_path": authority}, {}),
        ("environment", {}, {"NETSTORAGE_CA_PATH": authority}),
        ("unchecked", {"validate_certs": False}, {}),
    ]:
        task = [{"name": "Task", "edgeops.netstorage.ns_directory": {"path": name, **https(player), **more}}]
        outcome = player.play(player.write("https.json", task), environment=environment)
        assert outcome.status == 0, outcome.output
    assert set(player.service.tree()) == {"option/", "environment/", "unchecked/"}


def test_a_service_that_does_not_answer_in_time(kept: Player) -> None:
    kept.service.emulator.control.set_latency(3000)
    try:
        outcome = kept.task("ns_file", "--check", **WRITE, idle_timeout=0.5, max_retries=0)
    finally:
        kept.service.emulator.control.set_latency(0)
    refused(outcome, "unreachable", "sent no data for 0.5 seconds", "raise idle_timeout")


def test_a_service_that_is_down(kept: Player) -> None:
    kept.service.emulator.control.add_faults({"status": 503, "times": 99, "path": "*"})
    outcome = kept.task("ns_file", **WRITE, max_retries=1)
    refused(outcome, "service_failed", "503 Service Unavailable", "Try again later")
    assert {request["action"] for request in outcome.requests} == {"stat"}


def test_a_service_that_recovers(player: Player) -> None:
    """``max_retries`` is for each request; api_calls counts what was really sent."""
    player.service.emulator.control.add_faults({"status": 503, "times": 1, "action": "mkdir", "path": "*"})
    outcome = player.task("ns_directory", path="site", max_retries=2)
    assert outcome.status == 0
    assert outcome.result["api_calls"] == {"stat": 1, "mkdir": 2}
    assert set(player.service.tree()) == {"site/"}


def test_what_lies_above_a_limited_account_is_left_alone(player: Player) -> None:
    """A 403 above what the account may see is a note. It may see LIMITED_TO and what is below."""
    account = {"account": LIMITED_ACCOUNT, "key": LIMITED_KEY}
    for module, more in [
        ("ns_file", {"path": f"{LIMITED_TO}/a/b.txt", "content": "text"}),
        ("ns_directory", {"path": f"{LIMITED_TO}/c/d"}),
        ("ns_sync", {"path": f"{LIMITED_TO}/site", "src": str(_tree(player)), "delete": True}),
    ]:
        outcome = player.task(module, **more, **account)
        assert outcome.status == 0, outcome.output
        assert outcome.result["notes"] == ["/123456/open is above what the account has access to (403) and was left alone"]
    refused(player.task("ns_directory", path="/123456/open/x", **account), "auth_refused", "above what the account may see")
    wanted = {"", "a/", "a/b.txt", "c/", "c/d/", "site/", "site/page.html"}
    assert set(player.service.tree(LIMITED_TO)) == wanted
    assert {f"{ROOT}/{name}" for name in player.service.tree()} == {f"{LIMITED_TO}/{name}" for name in wanted}


def test_an_ancestor_that_the_account_may_not_see(player: Player) -> None:
    """Of the way to the destination, only what may be seen is made explicit."""
    player.service.emulator.control.add_faults({"status": 403, "times": 9, "action": "stat", "path": f"{ROOT}/above"})
    outcome = player.task("ns_directory", path="above/a")
    assert outcome.status == 0, outcome.output
    assert changes(outcome.requests) == ["mkdir /123456/above/a"]
    assert "/123456/above is above what the account has access to (403) and was left alone" in outcome.result["notes"][0]


def _tree(player: Player) -> t.Any:
    folder = player.work / "tree"
    folder.mkdir()
    (folder / "page.html").write_text("page")
    return folder
