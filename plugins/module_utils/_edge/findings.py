# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a round of looks has found, and what it tells about the cause. Lists are bounded, counts are not."""

from __future__ import annotations

import dataclasses
import typing as t

from .._model.errors import MissingAtEdge, NetStorageError, StaleEdge, Unreachable
from .expectations import Expectation
from .seen import Judgement, Seen, Verdict

LISTED = 1000
LISTED_ON_FAILURE = 20  # Ansible prints the whole result of a task that failed
_NAMED = 5  # in the message


class Finding(t.NamedTuple):
    """What is not as expected."""

    url: str
    want: str
    got: str
    status: int | None
    age: int | None
    x_cache: str | None
    server: str | None


def finding_of(want: Expectation, seen: Seen, judged: Judgement) -> Finding:
    return Finding(want.url, judged.want, judged.got, seen.status, seen.age, seen.field("x-cache"), seen.field("server"))


@dataclasses.dataclass
class Findings:
    """Of all that is not as expected.

    stale, missing  what serves something else, or does not answer; and what is not there. The first of them
    urls         of both that may be purged once more, without those that do not answer
    pages        how many are HTML
    kept_copies  how many come from a cache that had them before this task began; ``new_copies`` how many were fetched since
    redirects, coded  how many are a redirect, or are coded although that was not asked for
    """

    stale: list[Finding] = dataclasses.field(default_factory=list)
    missing: list[Finding] = dataclasses.field(default_factory=list)
    urls: list[str] = dataclasses.field(default_factory=list)
    stale_count: int = 0
    missing_count: int = 0
    unanswered: int = 0
    pages: int = 0
    kept_copies: int = 0
    new_copies: int = 0
    redirects: int = 0
    coded: int = 0

    @property
    def count(self) -> int:
        return self.stale_count + self.missing_count

    def add(self, want: Expectation, seen: Seen, judged: Judgement, elapsed: float) -> None:
        """``elapsed`` seconds after the task has begun to look."""
        is_missing = judged.verdict is Verdict.MISSING
        self.missing_count += is_missing
        self.stale_count += not is_missing
        listed = self.missing if is_missing else self.stale
        if len(listed) < LISTED:
            listed.append(finding_of(want, seen, judged))
        if judged.verdict is Verdict.UNANSWERED:
            self.unanswered += 1
            return
        if len(self.urls) < LISTED:
            self.urls.append(want.url)
        self.pages += want.is_page
        self.redirects += judged.is_final
        self.coded += seen.fields.get("content-encoding", "identity") != "identity"
        if seen.age is not None and seen.age > elapsed + 1:
            self.kept_copies += 1
        elif seen.was_fetched_now or seen.age is not None:
            self.new_copies += 1

    def joined(self, later: Findings) -> Findings:
        """Of both."""
        total = Findings()
        for field in dataclasses.fields(Findings):
            both = getattr(self, field.name) + getattr(later, field.name)
            setattr(total, field.name, both[:LISTED] if isinstance(both, list) else both)
        return total


def error_of(found: Findings, checked: int, fresh_pages: int, fresh_others: int) -> NetStorageError | None:
    """The error that names the first of them and what is likely to be the cause."""
    if not found.count:
        return None
    first = [*found.stale, *found.missing][:_NAMED]
    named = "; ".join(f"{one.url} (wanted {one.want}, got {one.got})" for one in first)
    more = f"; and {found.count - len(first)} more" if found.count > len(first) else ""
    told = f"{found.count} of {checked} URLs do not serve what is expected: {named}{more}"
    if found.unanswered == found.count:
        return Unreachable(told, hint="Check url, connect_to, the network and its proxy, and that the certificate is the host's.")
    status = first[0].status
    if not found.stale_count:
        return MissingAtEdge(told, status=status, hint=_cause_of_missing(found, checked))
    return StaleEdge(told, status=status, hint=_cause(found, fresh_pages, fresh_others))


def _cause_of_missing(found: Findings, checked: int) -> str:
    if found.count == checked:
        return "Nothing is there: do url and base belong together, and does the host name deliver this directory?"
    return f"That they were missing is kept by the edge, too. {_PURGE}"


def _cause(found: Findings, fresh_pages: int, fresh_others: int) -> str:
    if found.redirects:
        return "Redirects are not followed. Set url to where they lead, or expect the status with expect."
    if found.coded:
        return (
            "It is coded in a way that is not decoded here, so its digest says nothing. Set compare: etag, or Accept-Encoding: "
            "gzip in headers."
        )
    if found.pages == found.count and not fresh_pages and found.pages > 1 and fresh_others:
        return (
            "Only HTML differs, and all of it: the edge seems to change pages on the way, as an optimisation does. Set compare: "
            "etag, or say with expect what is to hold."
        )
    if found.kept_copies >= found.new_copies and found.kept_copies:
        return f"The edge held these copies before this task began: they were not purged, or fetched again since. {_PURGE}"
    if found.new_copies:
        return (
            "The edge has asked NetStorage for them since, and got the old content: a replica that lags, or a purge with method: "
            "invalidate and a modification time that is not newer. Purge stale_urls once more with ns_purge and method: delete, "
            "then look again."
        )
    return _PURGE


_PURGE = (
    "Purge stale_urls with ns_purge and method: delete, then look again; without a purge they last as long as their TTL, and a "
    "purge takes seconds (wait: true, or a longer within)."
)
