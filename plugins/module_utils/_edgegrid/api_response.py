# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What comes back from an API, and what it says about retries. Pure."""

from __future__ import annotations

import calendar
import email.utils
import math
import re
import time
import typing as t

_SECONDS_IN_TEXT = re.compile(r"\b([0-9]{1,5})\s*seconds?\b")
_NEXT_REQUEST = "x-ratelimit-next"
_TO_REFRESH = ("x-ratelimit-seconds-to-refresh-limit", "x-ratelimit-seconds-to-refresh-limit-objects")
_AFTER_THROTTLING = 5.0  # seconds, where the response says nothing
_FIRST_PAUSE = 2.0
_LONGEST_PAUSE = 60.0
_LONGEST_ASKED_FOR = 600.0  # more than any documented bucket takes to fill


class ApiResponse(t.NamedTuple):
    """One response.

    headers   by lower-case names; of several with one name the last one
    document  its JSON, None if there is none
    text      the beginning of a body that is no JSON, for messages
    """

    status: int
    headers: t.Mapping[str, str]
    document: t.Any = None
    text: str = ""

    @property
    def problem(self) -> dict[str, t.Any]:
        """The document of an error (``application/problem+json``), or nothing."""
        return self.document if isinstance(self.document, dict) else {}

    def said(self, name: str) -> str:
        """A text member of the document of an error, or nothing."""
        value = self.problem.get(name)
        return value if isinstance(value, str) else ""

    def number(self, header: str) -> float | None:
        """A header that is a number from 0, None where it is not there or something else."""
        try:
            value = float(self.headers.get(header, ""))
        except ValueError:
            return None
        return value if math.isfinite(value) and value >= 0 else None


def pause_after_throttling(response: ApiResponse, now: float, chance: float) -> float:
    """Seconds to wait after a 429: as long as the headers or the text of the response say, else five.

    Args:
        now: seconds since the epoch.
        chance: a random number below 1, so that clients which were refused together do not come back together.
    """
    named = [seconds for seconds in map(response.number, _TO_REFRESH) if seconds is not None]
    following = _moment(response.headers.get(_NEXT_REQUEST, ""))
    if not named and following is not None:
        named = [following - now + 1]
    retry_after = response.number("retry-after")
    if not named and retry_after is not None:
        named = [retry_after]
    in_text = _SECONDS_IN_TEXT.search(response.said("detail"))
    if not named and in_text is not None and int(in_text[1]) > 0:
        named = [float(in_text[1])]
    pause = max(named) if named else _AFTER_THROTTLING
    return min(max(pause, 1.0), _LONGEST_ASKED_FOR) + chance


def pause_after_failure(tries: int, chance: float) -> float:
    """Seconds to wait after so many tries that failed for another reason: exponential, with jitter."""
    return min(_FIRST_PAUSE * 2.0 ** (tries - 1), _LONGEST_PAUSE) * (0.5 + chance / 2)


def clock_ahead(response: ApiResponse, now: float) -> float | None:
    """How far this machine's clock is before that of the service, in seconds; None if the response has no date."""
    try:
        date = email.utils.parsedate_to_datetime(response.headers.get("date", ""))
    except (TypeError, ValueError, IndexError):
        return None
    return now - date.timestamp()


def _moment(text: str) -> float | None:
    """A time such as ``2030-01-02T03:04:05Z``."""
    try:
        return float(calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")))
    except ValueError:
        return None
