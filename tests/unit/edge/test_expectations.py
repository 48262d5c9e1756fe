# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What URLs are to serve, which of them are looked at, and whether what is served is right; without any network."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import typing as t
import zlib

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._edge.expectations import Expectation, expected, is_page, served
from ansible_collections.edgeops.netstorage.plugins.module_utils._edge.findings import LISTED, Findings, error_of
from ansible_collections.edgeops.netstorage.plugins.module_utils._edge.sample import Sample
from ansible_collections.edgeops.netstorage.plugins.module_utils._edge.seen import Body, Seen, Verdict, judge, md5_of
from ansible_collections.edgeops.netstorage.plugins.module_utils._edge.verify_options import VerifyOptions, secrets_in
from ansible_collections.edgeops.netstorage.plugins.module_utils._edge.visitor import read_body
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.endpoint import Endpoint
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.transport import Response

URL = "https://www.example.com/a.txt"
MD5, SHA256 = hashlib.md5(b"text").hexdigest(), hashlib.sha256(b"text").hexdigest()
OTHER = "0" * 32


class Served(Response):
    """A response out of memory. ``taken`` is how much of it was read."""

    def __init__(self, content: bytes, **headers: str) -> None:
        super().__init__(200)
        self._content, self._headers, self.taken = content, headers, 0

    def __exit__(self, *_error: object) -> None:
        """Nothing to close."""

    def header(self, name: str) -> str | None:
        return self._headers.get(name.lower().replace("-", "_"))

    def receive(self, size: int) -> bytes:
        data = self._content[self.taken : self.taken + size]
        self.taken += len(data)
        return data


@pytest.mark.parametrize(("etag", "md5"), [
    (f'"{MD5}:1600000000.25"', MD5), (f'"{MD5.upper()}:1600000000"', MD5), (f'W/"{MD5}:1600000000.25"', MD5), (f'"{MD5}"', MD5),
    (f'"{MD5}:1600000000.25-gzip"', MD5), (f'W/"{MD5}:1600000000;br"', MD5), (f' "{MD5}" ', MD5), (f'"{MD5}:1--gzip"', MD5),
    (None, None), ("", None), (MD5, None), (f'"{MD5[1:]}"', None), (f'"{MD5}0"', None), (f'"x{MD5}:1"', None),
    ('"5f-1a2b3c"', None), (f'"{MD5}:x"', None), (f'"{MD5}:1.2.3"', None), (f'"{"g" * 32}:1"', None), (f'"{MD5}:1" x', None),
])  # fmt: skip
def test_an_etag_of_netstorage_has_an_md5(etag: str | None, md5: str | None) -> None:
    assert md5_of(etag) == md5


def seen(status: int | None = 200, body: Body | None = None, **fields: str) -> Seen:
    return Seen(status, {name.replace("_", "-"): value for name, value in fields.items()}, body, "no answer")


@pytest.mark.parametrize(("want", "found", "verdict", "got"), [
    (Expectation(URL), seen(), Verdict.FRESH, "status 200"),
    (Expectation(URL), seen(404), Verdict.MISSING, "status 404"),
    (Expectation(URL), seen(410), Verdict.MISSING, "status 410"),
    (Expectation(URL), seen(503), Verdict.STALE, "status 503"),
    (Expectation(URL), seen(None), Verdict.UNANSWERED, "no answer"),
    (Expectation(URL), seen(302, location="https://x/\x1b[2J"), Verdict.STALE, "status 302 to https://x/\\x1b[2J"),
    (Expectation(URL, status=301), seen(301), Verdict.FRESH, "status 301"),
    (Expectation(URL, status=404), seen(403), Verdict.STALE, "status 403"),
    (Expectation(URL, is_absent=True), seen(403), Verdict.FRESH, "status 403"),
    (Expectation(URL, is_absent=True), seen(), Verdict.STALE, "status 200"),
    (Expectation(URL, is_absent=True), seen(301), Verdict.STALE, "status 301"),
    (Expectation(URL, is_absent=True), seen(None), Verdict.UNANSWERED, "no answer"),
    (Expectation(URL, md5=MD5), seen(body=Body(4, False, (MD5,))), Verdict.FRESH, f"md5 {MD5[:12]}…"),
    (Expectation(URL, md5=MD5), seen(body=Body(4, False, (OTHER,))), Verdict.STALE, "md5 000000000000…"),
    (Expectation(URL, md5=MD5), seen(body=Body(4, False, (OTHER, MD5))), Verdict.FRESH, f"md5 {MD5[:12]}…"),
    (Expectation(URL, md5=MD5, size=3), seen(body=Body(4)), Verdict.STALE, "4 bytes"),
    (Expectation(URL, md5=MD5, size=3), seen(body=Body(99, True)), Verdict.STALE, "at least 99 bytes"),
    (Expectation(URL, md5=MD5), seen(etag=f'"{MD5}:1"'), Verdict.FRESH, "status 200"),
    (Expectation(URL, md5=MD5), seen(etag=f'"{OTHER}:1"'), Verdict.STALE, "md5 000000000000…"),
    (Expectation(URL, size=4), seen(body=Body(4)), Verdict.FRESH, "4 bytes"),
    (Expectation(URL, md5=MD5), seen(body=Body(4, False, (OTHER,)), content_encoding="br"), Verdict.STALE,
     "md5 000000000000…, coded with br"),
    (Expectation(URL, headers=(("X-A", "1"),)), seen(x_a="1"), Verdict.FRESH, "status 200"),
    (Expectation(URL, headers=(("X-A", "1"),)), seen(x_a="2"), Verdict.STALE, "X-A: 2"),
    (Expectation(URL, headers=(("X-A", "1"),)), seen(), Verdict.STALE, "no X-A"),
])  # fmt: skip
def test_what_was_seen_is_judged(want: Expectation, found: Seen, verdict: Verdict, got: str) -> None:
    judged = judge(want, found)
    assert (judged.verdict, judged.got) == (verdict, got)
    assert judged.is_final == (found.status in (301, 302) and verdict is Verdict.STALE)


@pytest.mark.parametrize(("fields", "age", "now"), [
    ({}, None, None), ({"age": "12"}, 12, None), ({"age": "-1"}, None, None), ({"age": "9" * 50}, None, None),
    ({"age": "²"}, None, None),
    ({"x_cache": "TCP_HIT from a"}, None, False), ({"x_cache": "TCP_MEM_HIT"}, None, False),
    ({"x_cache": "TCP_MISS from a"}, None, True),
    ({"x_cache": "TCP_REFRESH_HIT from a"}, None, True), ({"x_cache": "Miss from cloudfront"}, None, True),
])  # fmt: skip
def test_a_copy_tells_how_old_it_is(fields: dict[str, str], age: int | None, now: bool | None) -> None:
    found = seen(**fields)
    assert (found.age, found.was_fetched_now) == (age, now)


@pytest.mark.parametrize(("entries", "others", "most"), [
    (0, 0, 50), (3, 7, 50), (3, 7, 10), (3, 7, 9), (3, 7, 5), (3, 7, 3), (3, 7, 2), (0, 1000, 50), (1000, 1000, 50), (3, 7, 0),
    (1, 0, 1),
])  # fmt: skip
def test_a_sample_has_as_many_as_were_wanted(entries: int, others: int, most: int) -> None:
    kinds = [True] * entries + [False] * others
    random.Random(1).shuffle(kinds)
    sample = Sample(entries, others, most)
    for _round in range(2):
        sample.again()
        taken = [kind for kind in kinds if sample.takes(kind)]
        assert len(taken) == sample.count == (min(most, len(kinds)) if most else len(kinds))
        assert sum(taken) == (min(entries, most) if most else entries), "entry points come first"
    assert sample.left_out == len(kinds) - sample.count


def test_a_sample_is_spread_evenly() -> None:
    sample = Sample(0, 1000, 50)
    taken = [number for number in range(1000) if sample.takes(False)]
    assert taken == list(range(19, 1000, 20))


@pytest.mark.parametrize(("url", "page"), [
    ("https://a/", True), ("https://a/b.HTML", True), ("https://a/b.htm?c=d.js", True), ("https://a/b.js?c=d.html", False),
    ("https://a/html", False), ("https://a/b/?c", True),
])  # fmt: skip
def test_pages_are_known_by_their_names(url: str, page: bool) -> None:
    assert is_page(url) is page


@pytest.mark.parametrize(("url", "address"), [
    ("https://WWW.example.com", ("https", "www.example.com", "/")), ("HTTP://a:8080/b?c", ("http", "a:8080", "/b?c")),
    ("https://a?b", ("https", "a", "/?b")), ("https://a/%20//../b", ("https", "a", "/%20//../b")),
])  # fmt: skip
def test_a_url_is_taken_apart(url: str, address: tuple[str, str, str]) -> None:
    assert tuple(served([url])[0].address) == address


def test_expectations_are_read_in_their_order() -> None:
    found = expected([{"url": URL, "sha256": SHA256.upper(), "md5": MD5}, {"url": URL, "absent": True, "md5": None}])
    assert found == [Expectation(URL, MD5, SHA256), Expectation(URL, is_absent=True)]
    assert found[0].digest == ("sha256", SHA256)
    assert [one.url for one in served([URL, URL + "?a", URL])] == [URL, URL + "?a"]


def test_what_is_served_is_digested() -> None:
    body = read_body(Served(b"text", content_length="4"), Expectation(URL, md5=MD5, size=4))
    assert body == Body(4, False, (MD5, MD5))
    assert read_body(Served(b"text"), Expectation(URL)) is None
    assert read_body(Served(b"text"), Expectation(URL, size=4)) == Body(4, False, (SHA256, SHA256))


def test_nothing_is_read_of_content_of_another_length() -> None:
    response = Served(b"x" * 10_000_000, content_length="10000000")
    assert read_body(response, Expectation(URL, md5=MD5, size=4)) == Body(10_000_000)
    assert response.taken == 0
    unannounced = Served(b"x" * 10_000_000)
    body = read_body(unannounced, Expectation(URL, md5=MD5, size=4))
    assert body is not None
    assert (body.is_cut, body.digests, unannounced.taken <= 262_144) == (True, (), True)


def test_gzip_is_digested_as_it_is_meant_and_as_it_is_sent() -> None:
    packed = gzip.compress(b"text")
    want = Expectation(URL, md5=MD5, size=4)
    assert judge(want, seen(body=read_body(Served(packed, content_encoding="gzip"), want))).verdict is Verdict.FRESH
    stored = Expectation(URL, md5=hashlib.md5(packed).hexdigest(), size=len(packed))
    assert judge(stored, seen(body=read_body(Served(packed, content_encoding="gzip"), stored))).verdict is Verdict.FRESH
    none = read_body(Served(b"no gzip", content_encoding="gzip"), Expectation(URL, md5=hashlib.md5(b"no gzip").hexdigest()))
    assert none is not None
    assert none.size == 7


def test_a_bomb_is_not_unpacked() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    bomb = b"".join(packer.compress(bytes(1_048_576)) for _time in range(64)) + packer.flush()
    want = Expectation(URL, md5=MD5, size=4)
    body = read_body(Served(bomb, content_encoding="gzip"), want)
    assert body is not None
    assert body.size <= 262_144
    assert judge(want, seen(body=body)).verdict is Verdict.STALE


def test_findings_are_bounded_and_counted() -> None:
    found = Findings()
    for number in range(LISTED + 5):
        want = Expectation(f"{URL}{number}")
        found.add(want, seen(404), judge(want, seen(404)), 0.0)
        found.add(want, seen(503), judge(want, seen(503)), 0.0)
    assert (len(found.stale), len(found.missing), len(found.urls)) == (LISTED, LISTED, LISTED)
    assert (found.stale_count, found.missing_count, found.count) == (LISTED + 5, LISTED + 5, 2 * LISTED + 10)
    both = found.joined(found)
    assert (both.count, len(both.urls)) == (4 * LISTED + 20, LISTED)
    error = error_of(found, 3000, 0, 0)
    assert error is not None
    assert len(str(error)) < 2000
    assert error_of(Findings(), 3000, 0, 0) is None


def test_only_what_may_be_a_secret_is_masked() -> None:
    headers = {"Accept-Encoding": "identity", "Authorization": "Bearer a-token-of-some-length", "X": "short"}
    headers["Cookie"] = "a=b; id=1234567890"
    assert secrets_in(headers) == [
        "Bearer a-token-of-some-length", "a-token-of-some-length", "a=b; id=1234567890", "1234567890",
    ]  # fmt: skip
    assert secrets_in(None) == []


@pytest.mark.parametrize(("host", "connect_to", "reached"), [
    ("a", None, ("a", 443)), ("a:1", None, ("a", 1)), ("a", "b", ("b", 443)), ("a:1", "b", ("b", 1)), ("a:1", "b:2", ("b", 2)),
    ("a", "[::1]:2", ("::1", 2)), ("a", "[::1]", ("::1", 443)),
])  # fmt: skip
def test_what_is_connected_to_may_be_elsewhere(host: str, connect_to: str | None, reached: tuple[str, int]) -> None:
    endpoint = Endpoint(host, connect_to=connect_to).reached
    assert (endpoint.name, endpoint.port, endpoint.connect_to) == (*reached, None)


def test_headers_of_a_task_go_to_their_places() -> None:
    given: dict[str, t.Any] = json.loads('{"accept-encoding": "gzip", "X-Number": 5}')
    options = VerifyOptions(urls=[URL], headers=given)
    assert options.sent_headers() == {"X-Number": "5"}
    assert options.endpoint("https", "a").accept_encoding == "gzip"
    assert VerifyOptions(urls=[URL]).endpoint("http", "a").accept_encoding == "identity"
