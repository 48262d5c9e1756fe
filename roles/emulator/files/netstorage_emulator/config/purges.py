# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fast Purge (CCU v3): what is taken is written down, told to the caches, and answered as documented."""

from __future__ import annotations

import itertools
import json
import re
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..exchange import Answered
from ..knobs import Knobs
from ..reply import Reply
from .buckets import REQUESTS, Buckets

LARGEST_BODY = 50_000
REMEMBERED_OBJECTS = 3_000_000
PROBLEM = b"application/api-problem+json"
_PREFIXES = {"url": "edup", "cpcode": "edcp", "tag": "edtp"}
_PATH = re.compile(r"/ccu/v3/(?:(?P<method>invalidate|delete)/(?P<kind>url|cpcode|tag)(?:/(?P<network>production|staging))?|"
                   r"rate-limit-status/(?P<status>url|cpcode|tag))/?\Z")
_TAG = re.compile(r"[!-~]{1,128}\Z")
_NOT_IN_TAGS = set("<>*@\\{}:")


@dataclass(frozen=True, slots=True)
class Grants:
    """What the clients may purge; nothing for everything."""

    hosts: frozenset[str] = frozenset()
    cp_codes: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Purge:
    """One request that was accepted."""

    purge_id: str
    time: float
    client: str
    method: str
    kind: str
    network: str
    objects: tuple[str | int, ...]

    def present(self) -> dict[str, object]:
        return {"purge_id": self.purge_id, "time": self.time, "client": self.client, "method": self.method,
                "type": self.kind, "network": self.network, "objects": list(self.objects)}


class FastPurge:
    """The service behind its front end. ``told`` is called with each purge that is accepted."""

    def __init__(self, knobs: Knobs, grants: Grants) -> None:
        self._knobs, self._grants = knobs, grants
        self.buckets = Buckets()
        self._numbers = itertools.count(1)
        self._purges: deque[Purge] = deque()
        self._held = 0
        self.told: Callable[[Purge], None] = lambda _purge: None

    def purges(self) -> list[dict[str, object]]:
        return [purge.present() for purge in self._purges]

    def forget(self) -> None:
        self._purges.clear()
        self._held = 0

    @staticmethod
    def action_of(path: str) -> str:
        """The word of the journal and of faults for a path, or nothing."""
        found = _PATH.match(path)
        return "" if found is None else f"ccu:{found['method'] or 'rate-limit-status'}"

    def answer(self, method: str, path: str, headers: Mapping[bytes, bytes], body: bytes, client: str) -> Reply:
        found = _PATH.match(path)
        if found is None:
            raise self._refused(404, "Not Found", f"there is no {path}")
        if method != "POST":
            raise self._refused(405, "Method Not Allowed", method)
        if found["status"]:
            return self._reply(201, {"httpStatus": 201, "detail": "Request accepted", "supportId": self._number("")},
                               found["status"])
        kind = found["kind"]
        if len(body) > LARGEST_BODY:
            raise self._refused(413, "Request Entity Too Large", f"the body has more than {LARGEST_BODY} bytes")
        if headers.get(b"content-type", b"").partition(b";")[0].strip().lower() != b"application/json":
            raise self._refused(415, "Unsupported Media Type", "Content-Type is not application/json")
        objects = self._objects(kind, body)
        short = self.buckets.take(kind, len(objects))
        if short:
            raise Answered(self._throttled(kind, short, len(objects)))
        purge = Purge(self._number(_PREFIXES[kind]), time.time(), client, found["method"], kind,
                      found["network"] or "production", objects)
        self._keep(purge)
        return self._reply(201, {"httpStatus": 201, "detail": "Request accepted", "purgeId": purge.purge_id,
                                 "supportId": purge.purge_id, "estimatedSeconds": self._knobs.purge_seconds}, kind)

    def _keep(self, purge: Purge) -> None:
        self._purges.append(purge)
        self.told(purge)
        self._held += len(purge.objects)
        while self._held > REMEMBERED_OBJECTS:
            self._held -= len(self._purges.popleft().objects)

    def _objects(self, kind: str, body: bytes) -> tuple[str | int, ...]:
        """All or nothing: one that is refused refuses the request."""
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            raise self._refused(400, "bad request", "the body is no JSON") from None
        objects = document.get("objects") if isinstance(document, dict) else None
        if not isinstance(objects, list) or not objects or not body.isascii():
            raise self._refused(400, "bad request", "objects is a list that is not empty")
        checks: dict[str, Callable[[object], str | int]] = {"url": self._url, "cpcode": self._cp_code, "tag": self._tag}
        check = checks[kind]
        return tuple(check(one) for one in objects)

    def _url(self, value: object) -> str:
        text = value if isinstance(value, str) else ""
        if text.startswith("/"):
            return text  # an ARL
        try:
            parts = urlsplit(text)
            host = parts.hostname or ""
        except ValueError:
            raise self._refused(400, "bad URL", text) from None
        if parts.scheme not in ("http", "https") or not host or not text.isascii() or re.search(r"[\s#]", text):
            raise self._refused(400, "bad URL hostname" if parts.scheme and not text.isascii() else "bad URL", text)
        if self._grants.hosts and host.lower() not in self._grants.hosts:
            raise self._unauthorized("unauthorized arl", text)
        return text

    def _cp_code(self, value: object) -> int:
        if isinstance(value, str) and value.isdecimal() and value.isascii() and self._knobs.purge_cp_code_text == "accepted":
            value = int(value[:20])
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self._refused(400, "bad CP code", f"{value}"[:100])
        if self._grants.cp_codes and value not in self._grants.cp_codes:
            raise self._unauthorized("unauthorized cpcode", str(value))
        return value

    def _tag(self, value: object) -> str:
        if not isinstance(value, str) or not _TAG.match(value) or _NOT_IN_TAGS.intersection(value):
            raise self._refused(400, "bad tag", f"{value}"[:100])
        return value

    # Answers

    def _throttled(self, kind: str, short: str, asked: int) -> Reply:
        what = "" if short == REQUESTS else f"{kind.upper()} "
        headers = self.buckets.headers(kind)
        ending = "" if short == REQUESTS else "-Objects"
        problem = {"title": f"{what}Rate Limit exceeded", "httpStatus": 429, "supportId": self._number(""),
                   "detail": "You've exceeded the rate limit. Wait and try again.", "describedBy": "about:blank",
                   "rateLimit": int(headers[f"X-Ratelimit-Limit{ending}"]),
                   "rateLimitCurrentRequestSize": 1 if short == REQUESTS else asked,
                   "rateLimitRemaining": int(headers[f"X-Ratelimit-Remaining{ending}"])}
        return self._reply(429, problem, kind, PROBLEM, note=f"{short} bucket")

    def _unauthorized(self, title: str, offender: str) -> Answered:
        detail = {"url": offender, "sentence": f"the client may not purge {offender}", "nothing": ""}
        return self._refused(403, title, detail[self._knobs.purge_refused])

    def _refused(self, status: int, title: str, detail: str) -> Answered:
        problem = {"title": title, "httpStatus": status, "detail": detail, "supportId": self._number(""),
                   "describedBy": "about:blank"}
        return Answered(self._reply(status, problem, None, PROBLEM, note=title))

    def _number(self, prefix: str) -> str:
        if self._knobs.purge_id == "uuid" or not prefix:
            return str(uuid.uuid4())
        return f"{prefix}-EMULATOR{next(self._numbers):016d}"

    def _reply(self, status: int, document: Mapping[str, object], kind: str | None, content_type: bytes = b"application/json",
               note: str = "") -> Reply:
        """With the headers of the buckets, as far as the knob says."""
        shown: Iterable[tuple[str, str]] = () if kind is None else self.buckets.headers(kind).items()
        if self._knobs.purge_headers == "none":
            shown = ()
        elif self._knobs.purge_headers == "without_seconds":
            shown = [(name, value) for name, value in shown if "Seconds-To-Refresh" not in name]
        return json_reply(status, document, content_type, tuple((name.encode(), value.encode()) for name, value in shown), note)


def json_reply(status: int, document: object, content_type: bytes, headers: tuple[tuple[bytes, bytes], ...] = (),
               note: str = "") -> Reply:
    return Reply(status, json.dumps(document).encode(), content_type, (*headers, (b"Server", b"AkamaiGHost")), note=note)
