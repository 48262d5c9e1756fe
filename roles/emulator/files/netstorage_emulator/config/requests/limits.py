# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many requests a client may send: 50 a minute (techdocs "rate-limiting" of the Configuration API)."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Mapping

from ...exchange import Answered
from ...reply import Reply
from .problems import problem

DOCUMENTED = (50, 60.0)
_MOST = 10**9


class BadLimit(ValueError):
    """A limit that cannot be understood."""


def described(document: object) -> tuple[int, float]:
    """``{"requests": 50, "seconds": 60}``; without ``seconds`` in a minute."""
    given = document if isinstance(document, dict) else {}
    requests, seconds = given.get("requests"), given.get("seconds", DOCUMENTED[1])
    numbers = all(isinstance(one, (int, float)) and not isinstance(one, bool) and 0 < one <= _MOST for one in (requests, seconds))
    if not numbers or not isinstance(requests, int) or given.keys() - {"requests", "seconds"}:
        raise BadLimit('the limit of the Configuration API is {"requests": a whole number from 1, "seconds": a number above 0}')
    return requests, float(seconds)


class Limit:
    """Counts the requests of each client in the time that has just passed. What is refused does not count."""

    def __init__(self, limit: tuple[int, float] = DOCUMENTED, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.change(limit)

    def change(self, limit: tuple[int, float]) -> None:
        """Nobody has sent anything yet."""
        self.requests, self.seconds = limit
        self._sent: dict[str, deque[float]] = {}

    def present(self) -> dict[str, float]:
        return {"requests": self.requests, "seconds": self.seconds}

    def take(self, client: str, says: str) -> None:
        """Count a request; raises Answered with 429."""
        now = self._clock()
        sent = self._sent.setdefault(client, deque())
        while sent and sent[0] + self.seconds <= now:
            sent.popleft()
        if len(sent) < self.requests:
            sent.append(now)
            return
        wait = max(math.ceil(sent[0] + self.seconds - now), 1)
        again = f" Try again in {wait} seconds." if says in ("seconds", "both") else ""
        headers = self._headers(client) if says in ("next", "both") else ()
        refusal = problem(429, "rate-limit", "Too Many Requests", f"The limit of requests was exceeded.{again}", headers=headers)
        raise Answered(refusal.reply._replace(note="limit of the client"))

    def _headers(self, client: str) -> tuple[tuple[bytes, bytes], ...]:
        sent = self._sent.get(client) or deque()
        following = sent[0] + self.seconds if len(sent) >= self.requests else self._clock()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(math.ceil(following)))
        shown: Mapping[str, object] = {"Limit": self.requests, "Remaining": max(self.requests - len(sent), 0), "Next": stamp}
        return tuple((f"X-RateLimit-{name}".encode(), str(value).encode()) for name, value in shown.items())

    def told(self, client: str, reply: Reply, says: str) -> Reply:
        """The answer with the headers of the limit."""
        if says == "nothing":
            return reply
        return reply._replace(headers=(*reply.headers, *self._headers(client)))
