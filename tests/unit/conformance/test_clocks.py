# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What responses tell of the clock, and of how long something takes."""

from __future__ import annotations

import email.utils

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._conformance.clocks import Bracket, Skew
from hypothesis import given
from hypothesis import strategies as st


def date(seconds: float) -> str:
    return email.utils.formatdate(seconds, usegmt=True)


@given(st.integers(-90, 90), st.lists(st.floats(0, 30), min_size=1, max_size=20), st.floats(0, 0.3))
def test_the_bounds_of_a_skew_hold_the_true_one(skew: int, times: list[float], trip: float) -> None:
    """Whenever it is asked, and however long a request takes."""
    clock = Skew()
    for at in sorted(times):
        clock.heard(date(1_000_000 + at + skew + trip / 2), 1_000_000 + at, 1_000_000 + at + trip)
    assert clock.low - 1e-6 <= skew <= clock.high + 1e-6
    assert clock.width <= 1 + trip + 1e-6


def test_responses_around_a_second_leave_little() -> None:
    clock = Skew()
    for at in (0.95, 1.05):
        clock.heard(date(100 + at + 25), 100 + at, 100 + at + 0.01)
    assert clock.width == pytest.approx(0.11)
    assert clock.whole == 25


def test_a_clock_that_was_set_is_measured_anew() -> None:
    clock = Skew()
    for skew in (0, 500):
        clock.heard(date(1000.5 + skew), 1000.5, 1000.6)
    assert (clock.whole, clock.is_known) == (500, True)


@pytest.mark.parametrize("said", [None, "", "yesterday"])
def test_what_is_no_date_tells_nothing(said: str | None) -> None:
    clock = Skew()
    clock.heard(said, 1.0, 2.0)
    assert not clock.is_known


@pytest.mark.parametrize(("low", "high", "whole"), [(-0.4, 0.6, 0), (-25.6, -24.7, -25), (24.8, 25.9, 25), (0.3, 0.4, 0)])
def test_the_whole_seconds_of_a_skew(low: float, high: float, whole: int) -> None:
    clock = Skew()
    clock.low, clock.high = low, high
    assert clock.whole == whole


@pytest.mark.parametrize(("low", "high", "number"), [
    (0.0, 0.004, 0), (0.138, 0.174, 150), (0.14, 0.21, 200), (0.95, 1.2, 1000), (0.0021, 0.0029, 3), (0.301, 0.349, 340),
])
def test_a_measured_time_is_the_roundest_number_in_its_bracket(low: float, high: float, number: int) -> None:
    assert Bracket(low, high).milliseconds() == number


@given(st.floats(0.001, 30), st.floats(0.001, 5))
def test_the_number_of_a_bracket_lies_in_it(low: float, width: float) -> None:
    number = Bracket(low, low + width).milliseconds()
    assert low * 1000 < number <= (low + width) * 1000 + 1


@pytest.mark.parametrize(("low", "high", "seconds"), [(0.86, 1.1, 1), (0.86, 2.1, None), (1.2, 1.9, None), (9.9, 10.0, 10)])
def test_the_seconds_of_a_bracket_are_told_where_they_are_certain(low: float, high: float, seconds: int | None) -> None:
    assert Bracket(low, high).seconds() == seconds


def test_a_first_look_that_was_right_tells_much_only_where_it_was_soon() -> None:
    soon, late, later = Bracket(0.0, 0.3), Bracket(0.0, 1.2), Bracket(0.2, 1.2)
    assert [(one.is_nothing, one.is_late) for one in (soon, late, later)] == [(True, False), (False, True), (False, False)]
    assert late.met(soon).is_nothing


def test_two_measurements_of_one_time_leave_what_both_allow() -> None:
    assert Bracket(0.1, 0.2).met(Bracket(0.15, 0.3)) == Bracket(0.15, 0.2)
    assert Bracket(0.1, 0.2).met(Bracket(0.5, 0.6)) == Bracket(0.5, 0.6), "two times: the longer one"
