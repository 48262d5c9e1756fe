# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much of what a service admits is used, in a time of the tests' own. Each crowd also proves that nothing fails."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.edgeops.netstorage.tests.unit.http.throttled_crowd import Bucket, Crowd, share

RATES = (20, 50, 95, 150, 200, 300, 500)
LATENCIES = (0.001, 0.01, 0.03)


def crowds(rate: int) -> list[tuple[int, float]]:
    """Numbers of threads and latencies: each of both, and over three rates each with each."""
    few = RATES.index(rate) % 2
    return [((16, 64)[(few + number) % 2], latency) for number, latency in enumerate(LATENCIES)]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("retry_after", "least"), [(None, 0.95), (1, 0.88), (2, 0.84)])
def test_twenty_seconds_of_work_use_most_of_the_rate(rate: int, retry_after: int | None, least: float) -> None:
    for threads, latency in crowds(rate)[: 3 if rate < 300 else 2]:
        assert share(rate, threads, retry_after, rate * 20, latency) >= least, (threads, latency)


def best(rate: int, seconds: float) -> float:
    """The share of 1,000 requests with one wait of so many seconds, of which the bucket saves up a tenth of one."""
    return 1000 / (1000 + rate * (seconds - 0.1))


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("retry_after", [None, 1, 2])
def test_a_thousand_requests(rate: int, retry_after: int | None) -> None:
    for threads, latency in crowds(rate):
        found = share(rate, threads, retry_after, 1000, latency)
        if retry_after is None:
            assert found >= 0.88
        else:
            assert found >= 0.8 * best(rate, retry_after)
        if retry_after == 1 and rate <= 200:
            assert found >= (0.85 if rate < 100 else 0.75)


@pytest.mark.parametrize("rate", [20, 95, 200])
@pytest.mark.parametrize(("retry_after", "least"), [(None, 0.85), (1, 0.8), (2, 0.75)])
def test_a_bucket_of_a_single_request(rate: int, retry_after: int | None, least: float) -> None:
    """No two requests may come closer than 1 / rate, so the rate that is of use is less: each is late by up to a fifth of the
    latency."""
    for threads, latency in crowds(rate):
        of_use = 1 / (1 + rate * latency * 0.2)
        assert share(rate, threads, retry_after, rate * 20, latency, 1) >= least * of_use, (threads, latency)


@pytest.mark.parametrize("retry_after", [None, 1])
@pytest.mark.parametrize("seconds", [0.025, 1.0, 3.0])
def test_a_bucket_of_any_size(seconds: float, retry_after: int | None) -> None:
    assert share(200, 64, retry_after, 4000, 0.02, int(200 * seconds)) >= 0.87


def test_everybody_waits_after_the_first_refusal() -> None:
    crowd = Crowd(Bucket(50, 5), 64, 7, 0.02)
    crowd.play(500)
    first = crowd.told[0]
    assert not [moment for moment in crowd.started if first < moment < first + 7.0]


def test_everybody_waits_when_the_next_refusal_comes_within_the_wait() -> None:
    crowd = Crowd(Bucket(100, 10, outage=(8.0, 11.0)), 16, 2, 0.01)
    crowd.play(2000)
    assert crowd.too_early == 0
    told = [moment for moment in crowd.told if 8.0 < moment < 11.1]
    assert len(told) < 12
    # The first of them only slows the others down for a moment, and the others stop everybody.
    pauses = [(one, later) for one, later in itertools.pairwise(told) if later - one > 1.9]
    assert pauses
    for one, later in pauses:
        assert not [moment for moment in crowd.started if one < moment < later - 0.02]


def test_the_others_go_on_more_slowly_after_a_later_refusal() -> None:
    crowd = Crowd(Bucket(200, 20), 64, 2, 0.01)
    crowd.play(4000)
    later = next(moment for moment in crowd.told if moment > 5.0)
    after = [moment for moment in crowd.admitted if later + 0.2 < moment < later + 2.0]
    assert 0.8 < len(after) / 1.8 / 200 < 1.0
    assert not [moment for moment in crowd.refused if later + 0.05 < moment < later + 2.0]
