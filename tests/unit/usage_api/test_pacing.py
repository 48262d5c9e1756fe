# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A good guest: caps, waiting together, finding out how much is taken, and being told to stop."""

from __future__ import annotations

import bisect
import random
import timeit
import types
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.rate_estimator import Width
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.rate_limiter import RateLimiter
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import Stopped, Throttled
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.tests.fake_cancellation import FakeCancellation
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.scripted_server import MakeClient, Request, Server, answer, xml
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.virtual_time import Service, VirtualTime, busy


def most_in_a_second(moments: list[float]) -> int:
    return max(bisect.bisect_left(moments, moment + 1) - number for number, moment in enumerate(moments))


@pytest.mark.parametrize(
    ("rate", "threads", "status", "retry_after", "requests"),
    [
        (20, 64, 503, None, 300),
        (60, 16, 423, None, 600),
        (95, 16, 503, 2, 1500),
        (200, 64, 429, 1, 1500),
        (500, 16, 509, None, 1500),
    ],
)
def test_a_service_with_a_limit_is_used_well_and_nothing_fails(
    rate: int, threads: int, status: int, retry_after: int | None, requests: int
) -> None:
    """With the sender that repeats, in threads. ``test_pacing_throttled`` has the figures."""
    service = Service(VirtualTime(), rate, status, retry_after)
    busy(service, threads, requests)
    assert service.time.errors == []
    assert len(service.admitted) == requests
    assert requests / service.admitted[-1] >= (0.8 if retry_after else 0.88) * rate
    assert len(service.refused) < 2 * threads + 0.05 * requests


def test_few_refusals_of_many_are_single_failures() -> None:
    service = Service(VirtualTime(), 1_000_000, 503, latency=0.1, failing=0.01)
    busy(service, 16, 4000)
    assert service.time.errors == []
    assert 20 < len(service.refused) < 60
    assert service.time.now < 4000 / 16 * 0.1 / 0.85


def test_a_service_without_a_limit_is_not_slowed() -> None:
    service = Service(VirtualTime(), 1_000_000)
    busy(service, 64, 6400)
    assert service.time.now < 6400 / 64 * 0.03


def test_the_limit_is_forgotten_in_the_end() -> None:
    service = Service(VirtualTime(), 100)
    pace = busy(service, 16, 1000)
    time = service.time

    def go_on(seconds: float, pause: float) -> t.Callable[[], None]:
        def work() -> None:
            until = time.now + seconds
            while time.now < until:
                pace.leave(pace.enter("stat"))
                time.sleep(pause)

        return work

    before = time.now
    time.run(go_on(1.0, 0.001))
    assert time.now - before > 1.0  # it still waited
    time.run(go_on(120, 0.05))
    before = time.now
    pace.leave(pace.enter("stat"))
    pace.leave(pace.enter("stat"))
    assert time.now == before


def test_throttling_of_everything_is_told_as_soon_as_ever(server: Server, make_client: MakeClient) -> None:
    server.handler = lambda _request: answer(429)
    with pytest.raises(Throttled):
        make_client(max_retries=2).mkdir(b"/1/a")
    assert len(server.requests) == 3


@pytest.mark.parametrize("status", [423, 429])
def test_a_refusal_does_not_count_while_others_are_taken(server: Server, client: Client, status: int) -> None:
    """And one object that is locked for good is no reason to go on for ever."""

    def handle(request: Request) -> bytes:
        if request.target == b"/1/other":
            return answer()
        client.mkdir(b"/1/other")  # as another thread does
        return answer(status)

    server.handler = handle
    with pytest.raises(Throttled):
        client.mkdir(b"/1/a")
    asked = [request.target for request in server.requests].count(b"/1/a")
    assert 50 < asked < 150


@pytest.mark.parametrize("cap", [0.5, 10.0, 100.0])
@pytest.mark.parametrize("threads", [1, 16])
def test_a_cap_holds_in_every_second(cap: float, threads: int) -> None:
    service = Service(VirtualTime(), 1_000_000)
    busy(service, threads, int(cap * 20), max_requests_per_second=cap)
    assert most_in_a_second(service.started) <= cap + 2
    if threads > 1:
        assert service.time.now == pytest.approx(20, rel=0.1)


def test_bandwidth_is_shared_and_smooth() -> None:
    time = VirtualTime()
    cancellation = FakeCancellation(time.sleep)
    pace = RateLimiter(random.Random(1).random, clock=time.clock, cancellation=cancellation, max_bandwidth=1_000_000)
    spent: list[float] = []

    def send() -> None:
        for _block in range(50):
            pace.spend(pace.piece)
            spent.append(time.now)

    time.run(*[send] * 4)
    assert pace.piece == 50_000
    assert time.now == pytest.approx(10, rel=0.02)
    assert most_in_a_second(spent) <= 21


def test_both_directions_count(server: Server, make_client: MakeClient, pauses: list[float]) -> None:
    client = make_client(max_bandwidth=100_000)
    server.script("download", answer(200, b"x" * 100_000))
    assert client.download(b"/1/a") == b"x" * 100_000
    assert sum(pauses) == pytest.approx(1.0, abs=0.1)
    assert max(pauses) < 0.06


def test_no_limit_costs_little() -> None:
    pace = RateLimiter(random.Random(1).random)

    def one() -> None:
        turn = pace.enter("stat")
        pace.responded(turn, 200, True)
        pace.leave(turn)

    assert min(timeit.repeat(one, number=2000, repeat=5)) / 2000 < 20e-6


class Crowd:
    """A service that takes ``base`` seconds, and as much again for each ``room`` requests at a time."""

    def __init__(self, base: float, room: float, own: float = 0.0) -> None:
        self.width = Width()
        self.base, self.room, self.own = base, room, own
        self.now = 0.0

    def seconds(self, at_a_time: int) -> float:
        return self.base * max(1.0, at_a_time / self.room) + self.own * random.random()

    def play(self, threads: int, seconds: float) -> int:
        until = self.now + seconds
        at_a_time = 1
        while self.now < until:
            at_a_time = min(threads, self.width.limit or threads, at_a_time + 1)
            took = self.seconds(at_a_time)
            self.now += took / at_a_time
            self.width.responded("stat", took, self.now, at_a_time)
        return self.width.limit or threads


def test_a_crowded_service_gets_fewer_at_a_time_and_more_again() -> None:
    crowd = Crowd(0.05, 4)
    narrowed = crowd.play(64, 30)
    assert 8 <= narrowed <= 40
    crowd.room = 1000
    assert crowd.play(64, 60) == 64


@pytest.mark.parametrize(("base", "own"), [(0.001, 0.8), (0.03, 1.5)])
def test_our_own_slowness_is_no_crowd(base: float, own: float) -> None:
    assert Crowd(base, 1000, own).play(64, 30) == 64


def test_a_service_that_is_slow_anyhow_is_no_crowd() -> None:
    crowd = Crowd(0.01, 1000)
    crowd.play(64, 2)
    crowd.base = 2.0
    assert crowd.play(64, 300) == 64


# -- being told to stop


class Told:
    """Says nothing for a number of questions, and then why to stop."""

    def __init__(self, questions: int) -> None:
        self.questions = questions

    def __call__(self) -> str | None:
        self.questions -= 1
        return "enough" if self.questions < 0 else None


def test_nothing_is_sent_after_being_told_to_stop(server: Server, make_stoppable: t.Callable[[Told], t.Any]) -> None:
    server.handler = lambda _request: answer()
    client = make_stoppable(Told(1))
    client.mkdir(b"/1/a")
    with pytest.raises(Stopped, match="enough"):
        client.mkdir(b"/1/b")
    assert len(server.requests) == 1
    assert client.api_calls == {"mkdir": 1}


def test_it_is_asked_after_each_wait(server: Server, make_stoppable: t.Callable[[Told], t.Any]) -> None:
    server.handler = lambda _request: answer(503)
    with pytest.raises(Stopped):
        make_stoppable(Told(1)).stat(b"/1/a")
    assert len(server.requests) == 1


def test_a_body_breaks_off_between_two_blocks(server: Server, make_stoppable: t.Callable[[Told], t.Any]) -> None:
    server.handler = lambda _request: answer()
    client = make_stoppable(Told(3))
    body = b"x" * 5_000_000
    content = types.SimpleNamespace(size=len(body), sha256="0" * 64, data=body)
    with pytest.raises(Stopped):
        client.upload(b"/1/a", content, 1)
    assert server.requests == []  # it never came to an end


def test_a_listing_that_is_stopped_is_no_broken_one(server: Server, make_stoppable: t.Callable[[Told], t.Any]) -> None:
    for action, read in (("list", "listing"), ("dir", "children")):
        root = "list" if action == "list" else "stat"
        name = "1/a/b" if action == "list" else "b"
        server.script(action, xml(root, f'<file type="file" name="{name}" size="1"/>', '<resume start="/1/a/c"/>'))
        with pytest.raises(Stopped):
            list(getattr(make_stoppable(Told(1)), read)(b"/1/a"))
