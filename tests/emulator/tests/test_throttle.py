# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The throttle and the crowding: the arithmetic with a clock of the test, and both over the wire."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import ACCOUNT, CP_CODE, KEY, Client
from netstorage_emulator.control import Control, ControlError, Running, running
from netstorage_emulator.throttle import BadThrottle, Settings, Throttle, described

SLOW = 0.01  # a second's worth of nothing: what is refused now stays refused for the length of a test


class Clock:
    """A time that moves when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def admitted(throttle: Throttle, requests: int) -> int:
    return sum(throttle.refusal() is None for _number in range(requests))


def throttle_of(clock: Clock, **settings: object) -> Throttle:
    return Throttle(described(settings), clock)


# The arithmetic


def test_the_burst_first_and_then_the_rate() -> None:
    clock = Clock()
    throttle = throttle_of(clock, requests_per_second=128, burst=5)
    assert admitted(throttle, 20) == 5
    clock.now += 3 / 128
    assert admitted(throttle, 20) == 3
    clock.now += 0.5 / 128
    assert admitted(throttle, 20) == 0
    clock.now += 0.5 / 128
    assert admitted(throttle, 20) == 1


def test_a_pause_saves_no_more_than_the_burst() -> None:
    clock = Clock()
    throttle = throttle_of(clock, requests_per_second=100, burst=5)
    clock.now += 3600
    assert admitted(throttle, 50) == 5


@pytest.mark.parametrize(("rate", "burst"), [(95, 9), (300, 30), (10, 1), (0.5, 1)])
def test_the_burst_is_a_tenth_of_a_second_unless_it_is_given(rate: float, burst: int) -> None:
    throttle = throttle_of(Clock(), requests_per_second=rate)
    assert throttle.present()["burst"] == burst
    assert admitted(throttle, 100) == burst


def test_refused_requests_take_no_tokens() -> None:
    clock = Clock()
    throttle = throttle_of(clock, requests_per_second=64, burst=1)
    through = 0
    for _step in range(1280):  # ten requests, 128 times a second, for ten seconds
        through += admitted(throttle, 10)
        clock.now += 1 / 128
    assert through == 640
    assert throttle.counts() == {"admitted": 640, "throttled": 12_160}


def test_never_more_than_burst_and_rate_allow() -> None:
    clock = Clock()
    throttle = throttle_of(clock, requests_per_second=95)
    through = 0
    for _step in range(777):
        through += admitted(throttle, 2)
        clock.now += 0.0037
        assert through <= 9 + 95 * (clock.now - 1000)


def test_no_throttle_counts_all_the_same() -> None:
    throttle = throttle_of(Clock())
    assert admitted(throttle, 500) == 500
    assert throttle.counts() == {"admitted": 500, "throttled": 0}
    throttle.reset()
    assert throttle.counts() == {"admitted": 0, "throttled": 0}


def test_another_setting_comes_with_a_full_bucket() -> None:
    throttle = throttle_of(Clock(), requests_per_second=100, burst=5)
    assert admitted(throttle, 20) == 5
    throttle.change(Settings(requests_per_second=100, burst=7))
    assert admitted(throttle, 20) == 7


def test_crowding_grows_with_each_request_above() -> None:
    throttle = throttle_of(Clock(), crowded_above=8, crowded_ms=5)
    assert [throttle.crowding(number) for number in (1, 8, 9, 10, 28)] == [0, 0, 0.005, 0.01, 0.1]
    assert throttle_of(Clock()).crowding(1000) == 0


@pytest.mark.parametrize("given", [
    7, {"colour": 1}, {"requests_per_second": 0}, {"requests_per_second": -1}, {"requests_per_second": "95"},
    {"requests_per_second": True}, {"requests_per_second": float("nan")}, {"requests_per_second": float("inf")},
    {"burst": 0}, {"burst": 1.5}, {"status": 404}, {"status": None}, {"retry_after": -1}, {"retry_after": 0.5},
    {"crowded_above": -1, "crowded_ms": 1}, {"crowded_above": 4}, {"crowded_ms": -1}, {"crowded_ms": None},
])
def test_settings_that_are_wrong(given: object) -> None:
    with pytest.raises(BadThrottle):
        described(given)


# Over the wire


def test_what_comes_too_fast_is_refused_and_counted(client: Client, control: Control) -> None:
    control.set_throttle(requests_per_second=SLOW, burst=2)
    control.reset_counts()
    since = control.journal_length()
    statuses = [client.put(f"/123456/{number}", b"12345").status for number in range(5)]
    assert statuses == [200, 200, 429, 429, 429]
    counts = control.reset_counts()
    assert (counts["total"], counts["by_action"], counts["bytes_in"]) == (5, {"upload": 5}, 25)
    assert (counts["admitted"], counts["throttled"]) == (2, 3)
    assert [(entry["status"], entry["note"]) for entry in control.journal(since)][1:3] == [(200, ""), (429, "throttled")]
    assert [entry["key"] for entry in control.tree()] == ["/123456/0", "/123456/1"]
    assert (control.counts()["admitted"], control.counts()["throttled"]) == (0, 0)


def test_a_refusal_says_when_to_come_back_if_it_shall(client: Client, control: Control) -> None:
    control.set_throttle(requests_per_second=SLOW, burst=1)
    assert "retry-after" not in client.get("/123456/a", "stat").headers
    refused = client.get("/123456/a", "stat")
    assert refused.status == 429
    assert "retry-after" not in refused.headers
    control.set_throttle(requests_per_second=SLOW, burst=1, status=503, retry_after=7)
    assert client.get("/123456/a", "stat").status == 404
    refused = client.get("/123456/a", "stat")
    assert (refused.status, refused.headers["retry-after"]) == (503, "7")


@pytest.mark.parametrize("status", [429, 503, 423, 509])
def test_the_status_is_a_choice(client: Client, control: Control, status: int) -> None:
    control.set_throttle(requests_per_second=SLOW, burst=1, status=status)
    client.get("/123456/a", "stat")
    assert client.get("/123456/a", "stat").status == status


def test_refused_requests_change_nothing(client: Client, control: Control) -> None:
    control.load([{"key": "/123456/a", "content": "as it was", "mtime": 5}])
    before = control.tree()
    control.set_throttle(requests_per_second=SLOW, burst=1)
    client.get("/123456/a", "stat")
    assert client.put("/123456/a", b"x" * 300_000).status == 429
    assert client.chunked("/123456/b", "upload", [b"part", b"part"], {}).status == 429
    for action in ("delete", "mtime&mtime=9", "rename&destination=/123456/c", "mkdir"):
        assert client.post("/123456/a", action).status == 429
    assert control.tree() == before
    control.clear_throttle()
    assert client.get("/123456/a", "stat").status == 200


def test_a_throttled_upload_leaves_the_connection_usable(client: Client, control: Control) -> None:
    control.reset_counts()
    control.set_throttle(requests_per_second=SLOW, burst=1)
    client.get("/123456/a", "stat")
    assert client.put("/123456/a", b"GET / HTTP/1.1\r\n\r\n" * 20_000).status == 429
    control.clear_throttle()
    assert client.put("/123456/a", b"x").status == 200
    assert control.counts()["connections"] == 1


def test_a_refused_request_uses_up_no_fault(client: Client, control: Control) -> None:
    control.set_throttle(requests_per_second=SLOW, burst=1)
    client.get("/123456/a", "stat")
    control.add_faults({"action": "stat", "status": 500})
    assert client.get("/123456/a", "stat").status == 429
    control.clear_throttle()
    assert client.get("/123456/a", "stat").status == 500


def test_the_rate_over_the_wire(client: Client, control: Control) -> None:
    control.set_throttle(requests_per_second=100, burst=1)
    control.reset_counts()
    begun = time.monotonic()
    while time.monotonic() - begun < 0.5:
        client.get("/123456/a", "stat")
    seconds = time.monotonic() - begun
    counts = control.counts()
    assert counts["throttled"] > 0
    assert 10 <= counts["admitted"] <= 100 * seconds + 1
    assert counts["seconds"] <= seconds


def test_counts_say_from_when_to_when_requests_came(client: Client, control: Control) -> None:
    control.reset_counts()
    assert control.counts()["seconds"] == 0
    time.sleep(0.3)
    control.set_latency(60)
    client.get("/123456/a", "stat")
    control.set_latency(0)
    time.sleep(0.3)
    assert 0.06 <= control.counts()["seconds"] < 0.3


def test_latency_rises_with_the_crowd(client: Client, control: Control) -> None:
    control.set_throttle(crowded_above=2, crowded_ms=100)
    since = control.journal_length()
    control.set_latency(200)
    clients = [Client(client.port) for _number in range(6)]
    threads = [threading.Thread(target=one.get, args=("/123456/a", "stat")) for one in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    waited = sorted(entry["ms"] for entry in control.journal(since))
    assert waited[1] < 300
    assert waited[5] >= 600
    control.set_latency(0)
    alone = control.journal_length()
    client.get("/123456/a", "stat")
    assert control.journal(alone)[0]["ms"] < 90
    for one in clients:
        one.close()


def test_settings_are_shown_and_taken_back(control: Control) -> None:
    none = {"requests_per_second": None, "burst": None, "status": 429, "retry_after": None, "crowded_above": None,
            "crowded_ms": 0}
    assert control.throttle() == none
    assert control.set_throttle(requests_per_second=95) == {**none, "requests_per_second": 95, "burst": 9}
    assert control.set_throttle(retry_after=2)["requests_per_second"] is None
    control.clear_throttle()
    assert control.throttle() == none


def test_wrong_settings_leave_the_throttle_as_it_is(control: Control) -> None:
    control.set_throttle(requests_per_second=95, burst=3)
    with pytest.raises(ControlError, match="status 404"):
        control.set_throttle(status=404)
    assert control.throttle()["burst"] == 3


def test_a_throttle_from_the_start(emulator: Running) -> None:
    settings = {"requests_per_second": 0.5, "burst": 1, "status": 503, "retry_after": 3, "crowded_above": 2, "crowded_ms": 1.5}
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], throttle=settings) as other:
        assert other.control.throttle() == settings
        client = Client(other.port)
        assert [client.get("/123456/a", "stat").status for _number in range(2)] == [404, 503]
        client.close()
    assert emulator.control.throttle()["requests_per_second"] is None


@pytest.mark.parametrize(("setting", "text"), [
    ("95", "NAME=VALUE"), ("burst=many", "takes a number"), ("colour=1", "some of"), ("status=404", "429, 503"),
])
def test_wrong_throttle_options_are_refused(setting: str, text: str) -> None:
    command = [sys.executable, "-m", "netstorage_emulator", "serve", "--account", "a", "--key", "k", "--cp-code", "1"]
    done = subprocess.run([*command, "--throttle", setting], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2
    assert text in done.stderr
