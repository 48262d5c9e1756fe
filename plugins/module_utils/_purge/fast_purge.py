# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests of Fast Purge (CCU v3): what one is answered, and which object one was refused for."""

from __future__ import annotations

import re
import time
import typing as t

from .._edgegrid.api_errors import ApiRequest
from .._edgegrid.api_response import ApiResponse
from .._edgegrid.client import ApiClient
from .._model.errors import AuthRefused, NetStorageError, ObjectRefused, Refused
from .objects import Object
from .pending_files import Order

_USUAL_WAIT, _LONGEST_WAIT = 5, 3600  # seconds until a purge is done, where the service does not say, and at most
_MOST_PAUSE = 600.0  # seconds; no bucket takes longer to fill


class Accepted(t.NamedTuple):
    """A request that was accepted.

    estimated_seconds  how long the service thinks it takes until all caches have done it
    """

    purge_id: str
    support_id: str
    estimated_seconds: int
    objects: int


class FastPurge:
    """Sends one request after the other, no faster than the service's buckets fill, as far as it tells.

    rate  what the service has said of its limits last: limit, remaining, objects_remaining; None where it did not
    """

    def __init__(
        self, client: ApiClient, max_requests_per_second: float | None = None, clock: t.Callable[[], float] = time.monotonic
    ) -> None:
        self._client, self._clock = client, clock
        self._interval = 1 / max_requests_per_second if max_requests_per_second else 0.0
        self._last: ApiResponse | None = None
        self._then = clock() - self._interval
        self.rate: dict[str, float | None] = {"limit": None, "remaining": None, "objects_remaining": None}

    def purge(self, order: Order, objects: t.Sequence[Object]) -> Accepted:
        """Purges all of them, or none.

        Raises:
            ObjectRefused: with the object in ``refused``.
            NetStorageError: any other failure.
        """
        request = ApiRequest(order.method, f"/ccu/v3/{order.method}/{order.kind}/{order.network}")
        pause = max(self._interval - (self._clock() - self._then), self._bucket_pause(len(objects)))
        if pause > 0:
            self._client.sleep(pause, request)
        self._then = self._clock()
        try:
            response = self._client.send(request, "POST", {"objects": list(objects)}, is_idempotent=True)
        except (AuthRefused, Refused) as error:
            raise _refusal(error, objects) from error
        self._last, self._then = response, self._clock()
        self._tell_rate(response)
        said = response.problem
        support = response.said("supportId")
        return Accepted(response.said("purgeId") or support, support, _seconds(said.get("estimatedSeconds")), len(objects))

    def _bucket_pause(self, objects: int) -> float:
        """Seconds until the buckets hold enough for the next request, by what the last response said of them."""
        last, pause = self._last, 0.0
        if last is None:
            return pause
        for ending, wanted in (("", 1), ("-objects", objects)):
            remaining = last.number(f"x-ratelimit-remaining{ending}")
            refill = last.number(f"x-ratelimit-limit-per-second{ending}")
            if remaining is not None and refill:
                pause = max(pause, (wanted - remaining) / refill)
        return min(pause, _MOST_PAUSE) - (self._clock() - self._then)

    def _tell_rate(self, response: ApiResponse) -> None:
        names = {"limit": "limit", "remaining": "remaining", "objects_remaining": "remaining-objects"}
        self.rate = {name: response.number(f"x-ratelimit-{header}") for name, header in names.items()}


def _seconds(said: object) -> int:
    is_number = isinstance(said, int) and not isinstance(said, bool)
    return min(int(t.cast(int, said)), _LONGEST_WAIT) if is_number and t.cast(int, said) >= 0 else _USUAL_WAIT


def _refusal(error: NetStorageError, objects: t.Sequence[Object]) -> NetStorageError:
    """The error that names the object, where the service did."""
    refused = named_object(error.detail, objects)
    if error.status not in (400, 403) or refused is None:
        return error
    title = error.problem.get("title") or "refused"
    hint = "" if error.status == 403 else "Correct it, or set on_refused: skip."
    message = f"The service refuses {refused} ({error.status}: {title})"
    found = ObjectRefused(message, path=error.path, action=error.action, status=error.status, hint=hint)
    found.problem, found.refused = error.problem, refused
    return found


def named_object(detail: str, objects: t.Sequence[Object]) -> Object | None:
    """The object that a text names: alone, as a word, or a URL anywhere. Of several the longest, as the others are in it."""
    words = set(re.split(r"[\s,;\"']+", detail))
    named = [one for one in objects if str(one) in words or ("://" in str(one) and str(one) in detail)]
    return max(named, key=lambda one: len(str(one)), default=None)
