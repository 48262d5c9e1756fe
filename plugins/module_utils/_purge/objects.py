# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be purged: URLs, CP codes, cache tags. Checked before the first request, as a request is refused as a whole. Pure."""

from __future__ import annotations

import json
import re
import typing as t

from .._model.errors import BadOptions

Kind = t.Literal["url", "cpcode", "tag"]
Object = t.Union[str, int]

MOST: t.Mapping[str, int] = {"url": 10_000, "cpcode": 300, "tag": 5_000}  # objects of one request: what a full bucket holds
REFILL: t.Mapping[str, float] = {"url": 200.0, "cpcode": 0.5, "tag": 500 / 60}  # objects a second
REQUESTS, REQUESTS_A_SECOND = 100, 50.0
NAMES: t.Mapping[str, str] = {"url": "URLs", "cpcode": "CP codes", "tag": "cache tags"}
LONGEST_URL = 8192
LONGEST_BODY = 45_000  # bytes; the service takes 50,000
_ENVELOPE = len('{"objects":[]}')
_URL = re.compile(r"https?://[A-Za-z0-9._-]+(?::[0-9]{1,5})?(?:[/?][!-~]*)?\Z", re.IGNORECASE)
_TAG = re.compile(r"[!-~]{1,128}\Z")
_NOT_IN_TAGS = frozenset("<>*@\\{}:")


def checked_url(text: str, where: str) -> str:
    """The URL. Raises BadOptions, which names ``where`` it stands."""
    if len(text) > LONGEST_URL or "#" in text or _URL.match(text) is None:
        shown = text if len(text) <= 200 else text[:200] + "…"
        hint = f"Write https://host/path in ASCII, percent-encoded, without a fragment, up to {LONGEST_URL} characters."
        raise BadOptions(f"{where}: {shown!r} is not a URL that can be purged", hint=hint)
    return text


def checked_cp_code(number: int) -> int:
    if not 0 < number < 10**10:
        raise BadOptions(f"cp_codes: {number} is not a CP code", hint="It is the number of the delivery CP code.")
    return number


def checked_tag(text: str) -> str:
    if _TAG.match(text) is None or _NOT_IN_TAGS.intersection(text):
        hint = "A tag has 1 to 128 visible characters of ASCII and none of < > * @ \\ { } and the colon."
        raise BadOptions(f"cache_tags: {text[:200]!r} is not a cache tag", hint=hint)
    return text


def key_of(one: Object) -> str:
    """What two objects have in common that purge the same: a purge is for both schemes, and host names have no case."""
    if isinstance(one, int):
        return str(one)
    scheme, colons, rest = one.partition("://")
    if not colons or scheme.lower() not in ("http", "https"):
        return one
    host, slash, path = rest.partition("/")
    return f"{host.lower()}/{path}" if slash or "?" not in host else rest


def batches(objects: t.Iterable[Object], kind: Kind, most_bytes: int = LONGEST_BODY) -> t.Iterator[list[Object]]:
    """All objects in their order, in lists that the service takes in one request. It reads no more than it needs for the next.

    Args:
        most_bytes: of the body, ``{"objects":[…]}`` as JSON without blanks. A longer object has a list of its own.
    """
    batch: list[Object] = []
    size = 0
    for one in objects:
        needed = len(json.dumps(one)) + len(",")
        if batch and (size + needed > most_bytes or len(batch) == MOST[kind]):
            yield batch
            batch = []
        if not batch:
            size = _ENVELOPE - len(",")
        batch.append(one)
        size += needed
    if batch:
        yield batch


def least_seconds(objects: int, requests: int, kind: Kind) -> float:
    """How long so many take at least by the documented limits, which are those of the whole account."""
    waiting_objects = max(0.0, objects - MOST[kind]) / REFILL[kind]
    return max(waiting_objects, max(0.0, requests - REQUESTS) / REQUESTS_A_SECOND)
