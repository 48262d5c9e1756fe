# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What refusals tell about a rate, moment by moment."""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.rate_estimator import RateEstimator


def take(rate: RateEstimator, start: float, count: int, gap: float) -> float:
    """So many requests are taken, one after the other. Returns when the next one would be."""
    for number in range(count):
        rate.admitted(start + number * gap)
    return start + count * gap


def climb(asked: float | None) -> tuple[RateEstimator, float, float]:
    """20 at once and 100 a second, refused at 0; the climb is refused half a second after the pause, and ended by that."""
    rate = RateEstimator()
    cancellation = rate.refused(take(rate, -0.02, 20, 0.001), -0.01, asked, 0.5)
    assert rate.limit == pytest.approx(20, rel=0.05)
    end = cancellation
    for _request in range(70):
        end = take(rate, end, 1, 0.5 / 70)
        rate.grow(end)
    return rate, end, rate.refused(end, end - 0.01, asked, 0.5)


def test_two_refusals_tell_the_rate() -> None:
    rate, _end, _cancellation = climb(2.0)
    assert rate.limit == pytest.approx(95, rel=0.05)


def test_the_first_refusal_stops_all_and_the_next_one_does_not() -> None:
    rate = RateEstimator()
    rate.admitted(0.0)
    assert rate.refused(0.1, 0.09, 3.0, 0.5) == 3.0
    _rate, _end, cancellation = climb(3.0)
    assert cancellation < 0.2


def test_another_one_within_the_wait_stops_all_and_lowers_the_limit() -> None:
    rate, end, _cancellation = climb(2.0)
    before = rate.limit or 0.0
    now = take(rate, end + 0.2, 50, 0.01)
    assert rate.grow(now) == before  # nothing is tried within the wait
    assert rate.refused(now, now - 0.01, 2.0, 0.5) == 2.0
    assert 0.8 * before < (rate.limit or 0.0) < before


def test_where_nothing_is_taken_the_pause_grows_and_the_limit_stays() -> None:
    rate, end, cancellation = climb(None)
    before, now = rate.limit, end
    pauses = []
    for _refusal in range(6):
        now += cancellation
        cancellation = rate.refused(now, now, None, 0.5)
        pauses.append(cancellation)
    assert rate.limit == before
    assert pauses == sorted(pauses)
    assert pauses[-1] == pytest.approx(1.2)


def test_few_of_many_are_single() -> None:
    rate = RateEstimator()
    take(rate, 0.0, 50, 0.01)
    assert [rate.is_single() for _refusal in range(4)] == [True, True, True, False]
    take(rate, 1.0, 64, 0.01)
    assert rate.is_single()


def test_a_limit_grows_again_and_is_none_where_less_is_asked_for() -> None:
    rate, end, _cancellation = climb(None)
    before, now = rate.limit or 0.0, end
    for _tenth in range(60):
        now = take(rate, now, 10, 0.01)
        rate.grow(now)
    assert before < (rate.limit or 0.0) < 2 * before
    for _second in range(60):
        now = take(rate, now, 1, 1.0)
        rate.grow(now)
    assert rate.limit is None


def test_in_an_idle_time_it_does_not_grow() -> None:
    rate, end, _cancellation = climb(None)
    before = rate.limit or 0.0
    rate.grow(end + 7.0)
    assert rate.limit == pytest.approx(before, rel=0.02)
