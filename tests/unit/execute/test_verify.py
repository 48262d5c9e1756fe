# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proof of what was sent, against a service that shows something else."""

from __future__ import annotations

import hashlib
import types
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._execute.verify import Proof
from ansible_collections.edgeops.netstorage.plugins.module_utils._local.file_content import FileContent
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import (
    AuthRefused,
    ListingDisorder,
    NetStorageError,
    NotFound,
    Refused,
    ServiceFailed,
    Stopped,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.steps import Phase, Step, StepKind, Why
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation

BASE = b"/1/site"
MD5 = hashlib.md5(b"content", usedforsecurity=False).hexdigest()
SHA256 = hashlib.sha256(b"content").hexdigest()
FILE = Entry(b"file", Kind.FILE, 7, MD5, 5)
LINK = Entry(b"link", Kind.SYMLINK, target=b"file")
OTHER = Entry(b"other", Kind.FILE, 1, MD5)

Rows = t.Sequence[Entry]


class Service:
    """Gives one listing after another; the last one again and again. An error among them is raised."""

    def __init__(self, *listings: Rows | NetStorageError, downloaded: object = (7, SHA256), tags: t.Sequence[t.Any] = ()) -> None:
        self._listings, self._downloaded, self._tags = list(listings), downloaded, list(tags)
        self.asked: list[bool] = []

    def listing(self, path: bytes, *, ordered: bool = True) -> t.Iterator[Entry]:
        assert path == BASE
        self.asked.append(ordered)
        rows = self._listings.pop(0) if len(self._listings) > 1 else self._listings[0]
        if isinstance(rows, NetStorageError):
            raise rows
        return iter(rows)

    def children(self, path: bytes) -> t.Iterator[Entry]:
        raise NotFound("No", path=path)

    def etag(self, path: bytes) -> str | None:
        assert path == BASE + b"/file"
        tag = self._tags.pop(0) if len(self._tags) > 1 else self._tags[0]
        if isinstance(tag, NetStorageError):
            raise tag
        return tag

    def digest(self, path: bytes, expected: int) -> object:
        assert (path, expected) == (BASE + b"/file", 7)
        if isinstance(self._downloaded, NetStorageError):
            raise self._downloaded
        return self._downloaded


class Patience(Cancellation):
    """Sleeps in no time, and remembers how long."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def content(tmp_path: Path) -> FileContent:
    file = tmp_path / "file"
    file.write_bytes(b"content")
    return FileContent(bytes(file))


def proof_of(
    service: Service, cancellation: Cancellation, content: FileContent, verify: str = "listing", wait: float = 0
) -> Proof:
    source = types.SimpleNamespace(indexes=lambda entry: False)
    task = types.SimpleNamespace(parallel=2, verify=verify, verify_wait=wait, source=source)
    proof = Proof(t.cast(t.Any, service), t.cast(t.Any, task), BASE, cancellation)
    proof.expect_file(Step(StepKind.UPLOAD, BASE, None, FILE, Why.ABSENT, Phase.ASSETS), content)
    proof.expect_link(Step(StepKind.SYMLINK, BASE, None, LINK, Why.ABSENT, Phase.LINKS))
    return proof


def whys(proof: Proof) -> list[str]:
    return [
        f"{failed.step.path.decode()}: {failed.error.message.rpartition('not be verified: ')[2]}" for failed in proof.failures()
    ]


def test_what_is_as_it_was_sent_is_proved_once(content: FileContent) -> None:
    service = Service([FILE, LINK, OTHER])
    proof = proof_of(service, Cancellation(), content)
    assert (proof.failures(), proof.failures(), service.asked) == ([], [], [True])


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (OTHER, "it is not in the listing"),
        (FILE._replace(size=6), "it is listed with 6 bytes, and 7 were sent"),
        (FILE._replace(md5="0" * 32), f"it is listed with md5 {'0' * 32}, and {MD5} was sent"),
        (Entry(b"file", Kind.SYMLINK, target=b"x"), "a symlink is listed there"),
    ],
)
def test_a_file_that_is_not_as_it_was_sent(content: FileContent, row: Entry, why: str) -> None:
    assert whys(proof_of(Service([row, LINK]), Cancellation(), content)) == [f"/1/site/file: {why}"]


UNLISTED = FILE._replace(md5=None)


def tag_of(md5: str) -> str:
    return f'"{md5}:5.25"'


@pytest.mark.parametrize(
    ("tag", "why"),
    [
        (tag_of("0" * 32), f"its ETag has md5 {'0' * 32}, and {MD5} was sent"),
        (NotFound("Gone"), "it is listed and cannot be read"),
        (ServiceFailed("No answer"), "No answer."),
    ],
)
def test_a_file_without_an_md5_in_its_row_is_not_proved_by_its_size(content: FileContent, tag: t.Any, why: str) -> None:
    proof = proof_of(Service([UNLISTED, LINK], tags=[tag]), Cancellation(), content)
    assert whys(proof) == [f"/1/site/file: {why}"]
    assert (proof.files, proof.by_size) == (0, 0)


def test_the_etag_proves_it(content: FileContent) -> None:
    """Also when it is behind for a while."""
    proof = proof_of(Service([UNLISTED, LINK], tags=[tag_of("0" * 32), tag_of(MD5)]), Patience(), content, wait=10)
    assert (proof.failures(), proof.notes(), proof.files, proof.links, proof.by_size) == ([], [], 1, 1, 0)


@pytest.mark.parametrize("tag", [None, '"opaque"', Refused("No", status=405), AuthRefused("No", status=403)])
def test_where_no_etag_has_it_the_size_is_all_there_is_and_it_is_said(content: FileContent, tag: t.Any) -> None:
    proof = proof_of(Service([UNLISTED, LINK], tags=[tag]), Cancellation(), content)
    assert (proof.failures(), proof.files, proof.by_size) == ([], 1, 1)
    assert "only the size could be verified" in proof.notes()[0]


def test_what_is_downloaded_needs_no_etag(content: FileContent) -> None:
    proof = proof_of(Service([UNLISTED, LINK], downloaded=(7, SHA256)), Cancellation(), content, "full")
    assert (proof.failures(), proof.notes()) == ([], [])


def test_a_link_with_another_target_is_a_failure(content: FileContent) -> None:
    elsewhere = LINK._replace(target=b"\x1bold")
    assert whys(proof_of(Service([FILE, elsewhere]), Cancellation(), content)) == [
        "/1/site/link: it is listed with the target \\x1bold"
    ]


def test_it_is_looked_for_again_with_growing_pauses_until_the_time_is_up(content: FileContent) -> None:
    cancellation = Patience()
    assert len(whys(proof_of(Service([LINK]), cancellation, content, wait=10))) == 1
    assert cancellation.slept == pytest.approx([0.5, 1, 2, 4, 2.5], abs=0.1)


def test_what_shows_up_late_is_proved(content: FileContent) -> None:
    cancellation, service = Patience(), Service([], [LINK], [FILE])
    assert proof_of(service, cancellation, content, wait=60).failures() == []
    assert (cancellation.slept, len(service.asked)) == ([0.5, 1], 3)


def test_a_listing_that_fails_proves_nothing(content: FileContent) -> None:
    assert whys(proof_of(Service(ServiceFailed("No answer")), Cancellation(), content)) == [
        "/1/site/file: No answer.", "/1/site/link: No answer.",
    ]  # fmt: skip


def test_a_service_with_an_order_of_its_own_is_listed_again(content: FileContent) -> None:
    service = Service(ListingDisorder("No"), [LINK, FILE])
    assert proof_of(service, Cancellation(), content).failures() == []
    assert service.asked == [True, False]


@pytest.mark.parametrize(
    ("downloaded", "why"),
    [
        ((7, "0" * 64), f"downloaded it has 7 bytes and sha256 {'0' * 12}"),
        ((6, SHA256), f"downloaded it has 6 bytes and sha256 {SHA256[:12]}"),
        (NotFound("Gone"), "Gone."),
    ],
)
def test_the_content_that_comes_back_is_compared(content: FileContent, downloaded: object, why: str) -> None:
    proof = proof_of(Service([FILE, LINK], downloaded=downloaded), Cancellation(), content, "full")
    assert whys(proof) == [f"/1/site/file: {why}"]


def test_what_is_not_even_listed_is_not_downloaded(content: FileContent) -> None:
    proof = proof_of(Service([LINK], downloaded=NotFound("Gone")), Cancellation(), content, "full")
    assert whys(proof) == ["/1/site/file: it is not in the listing"]


def test_a_run_that_is_told_to_end_waits_for_no_proof_and_says_so(content: FileContent) -> None:
    cancellation = Cancellation()
    cancellation.cancel("enough")
    proof = proof_of(Service([]), cancellation, content, wait=60)
    assert (proof.failures(), proof.unfinished) == ([], True)


def test_a_download_that_was_not_made_proves_nothing_against_the_file(content: FileContent) -> None:
    proof = proof_of(Service([FILE, LINK], downloaded=Stopped("enough")), Cancellation(), content, "full")
    assert (proof.failures(), proof.unfinished) == ([], True)


def test_nothing_is_kept_where_nothing_is_to_be_proved(content: FileContent) -> None:
    service = Service([])
    proof = proof_of(service, Cancellation(), content, "none")
    assert (proof.asked, proof.failures(), service.asked) == (False, [], [])
