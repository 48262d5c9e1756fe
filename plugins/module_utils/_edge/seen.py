# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an edge has answered, and whether that is what was expected. Pure."""

from __future__ import annotations

import enum
import re
import typing as t

from .._model.paths import shown
from .expectations import GONE, OK, Expectation, told_digest

# Of ObjectStore, "<md5>:<mtime>.<fraction>" (docs/usage-api.md#download); an edge may make it weak, or add what it has done.
_WITH_MD5 = re.compile(r'(?:W/)?"([0-9A-Fa-f]{32})(?::[0-9]{1,19}(?:\.[0-9]{1,19})?)?(?:[;-]+[A-Za-z]{1,10})?"\Z')
_AGE = re.compile(r"[0-9]{1,10}\Z")
_MOST = 200  # characters of a header that are told


class Body(t.NamedTuple):
    """The content of a response.

    size     in bytes; as announced where it was not read, as its length is not the expected one
    is_cut   whether it was not read to its end, as it is longer than expected
    digests  that it has, as it is meant and as it is sent
    """

    size: int
    is_cut: bool = False
    digests: tuple[str, ...] = ()


class Seen(t.NamedTuple):
    """One look.

    status    None where there was no answer; then ``trouble`` says why, and ``is_final`` that none is to be hoped for
    fields    of the head, by lower-case names
    is_without_etag  whether the ETag was to be compared, and has no MD5
    """

    status: int | None
    fields: t.Mapping[str, str]
    body: Body | None
    trouble: str = ""
    is_final: bool = False
    is_without_etag: bool = False

    @property
    def age(self) -> int | None:
        """Seconds since the edge has fetched it or asked for it, as it says."""
        given = self.fields.get("age", "")
        return int(given) if _AGE.match(given) else None

    @property
    def was_fetched_now(self) -> bool | None:
        """Whether the origin was asked for this answer; None where the edge does not tell."""
        word = self.fields.get("x-cache", "").upper()
        return None if not word else "MISS" in word or "REFRESH" in word

    def field(self, name: str) -> str | None:
        """As it may be shown."""
        value = self.fields.get(name.lower())
        return None if value is None else shown(value.encode("utf-8", "surrogateescape"))[:_MOST]


class Verdict(enum.Enum):
    """What is served: what was expected; something else; nothing; or there was no answer."""

    FRESH = "fresh"
    STALE = "stale"
    MISSING = "missing"
    UNANSWERED = "unanswered"


class Judgement(t.NamedTuple):
    """``want`` and ``got`` in words; ``is_final`` where looking again is no use."""

    verdict: Verdict
    want: str
    got: str
    is_final: bool = False


def md5_of(etag: str | None) -> str | None:
    """The MD5 in NetStorage's ETag, as far as an edge has kept it."""
    match = None if etag is None else _WITH_MD5.match(etag.strip())
    return None if match is None else match[1].lower()


def judge(want: Expectation, seen: Seen) -> Judgement:
    """Compares what was seen with what is expected."""
    if seen.status is None:
        return Judgement(Verdict.UNANSWERED, want.told(), seen.trouble, seen.is_final)
    if want.is_absent:
        verdict = Verdict.FRESH if seen.status in GONE else Verdict.STALE
        return Judgement(verdict, want.told(), _told_status(seen), _is_redirect(seen.status))
    if seen.status != want.status:
        verdict = Verdict.MISSING if seen.status in GONE and want.status == OK else Verdict.STALE
        return Judgement(verdict, want.told(), _told_status(seen), _is_redirect(seen.status))
    for name, value in want.headers:
        if seen.fields.get(name.lower()) != value:
            got = seen.field(name)
            return Judgement(Verdict.STALE, f"{name}: {value}"[:_MOST], f"no {name}" if got is None else f"{name}: {got}")
    return _compared(want, seen)


def _compared(want: Expectation, seen: Seen) -> Judgement:
    """Content, or what the ETag says of it."""
    body = seen.body
    if body is None:
        md5 = md5_of(seen.fields.get("etag"))
        if want.md5 is None or not want.asks_for_content or md5 == want.md5:
            return Judgement(Verdict.FRESH, want.told(), _told_status(seen))
        return Judgement(Verdict.STALE, told_digest("md5", want.md5), told_digest("md5", md5 or "none"))
    coding = seen.field("content-encoding") or ""
    coded = f", coded with {coding}" if coding and coding.lower() != "identity" else ""
    if want.digest is None:
        is_right = body.size == want.size
        return Judgement(Verdict.FRESH if is_right else Verdict.STALE, want.told(), f"{body.size} bytes{coded}")
    algorithm, digest = want.digest
    if digest in body.digests:
        return Judgement(Verdict.FRESH, want.told(), told_digest(algorithm, digest))
    got = told_digest(algorithm, body.digests[0]) if body.digests else f"{'at least ' if body.is_cut else ''}{body.size} bytes"
    return Judgement(Verdict.STALE, want.told(), f"{got}{coded}")


def _told_status(seen: Seen) -> str:
    location = seen.field("location")
    to = f" to {location}" if seen.status is not None and _is_redirect(seen.status) and location is not None else ""
    return f"status {seen.status}{to}"


def _is_redirect(status: int) -> bool:
    return 300 <= status < 400
