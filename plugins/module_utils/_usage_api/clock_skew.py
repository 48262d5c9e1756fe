# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The clock here beside the service's: it takes no signature that is more than a minute old, or too young."""

from __future__ import annotations

_SKEW_TOLD = 30.0  # seconds; the service refuses from 60 on


def epoch(date: str | None) -> float | None:
    """Seconds since the epoch of a ``Date`` or another HTTP date; None for what is none."""
    if not date:
        return None
    from email.utils import parsedate_to_datetime  # few answers have a date that anybody reads, and the import is slow

    try:
        return parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError, IndexError):  # Python 3.9 has all of them for what is no date
        return None


def skew(date: str | None, now: float) -> float | None:
    """Seconds by which the local clock, which says ``now``, is ahead of the ``Date`` of an answer."""
    there = epoch(date)
    return None if there is None else now - there


def told(skew: float | None) -> str:
    """What to do about a clock that is so far off that the service refuses signatures, or soon will; empty for a good one."""
    if skew is None or abs(skew) <= _SKEW_TOLD:
        return ""
    direction = "ahead of" if skew > 0 else "behind"
    return (
        f"The clock of this machine is {abs(skew):.0f} seconds {direction} the service's; more than 60 are refused. "
        "Set the clock (NTP)."
    )
