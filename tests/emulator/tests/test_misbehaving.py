# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that come slowly, end early, or are not what they say."""

from __future__ import annotations

import pathlib
import time

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.after_faults import (
    LARGE,
    nobody_is_left,
    notes,
    read_to_the_end,
)
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import ACCOUNT, CP_CODE, KEY, Client
from netstorage_emulator.control import Control, running


@pytest.fixture
def seeded(client: Client, control: Control) -> Client:
    control.load([{"key": f"/123456/d/{name}", "content": name * 300} for name in "abcdef"])
    return client


# -- status

PAGE = "<html><body>Please sign in</body></html>"


@pytest.mark.parametrize("done", [False, True])
def test_a_page_of_somebody_else(client: Client, control: Control, done: bool) -> None:
    headers = {"server": "SomeProxy/1.0", "Content-Type": "text/html", "Date": "Thu, 01 Jan 1970 00:00:00 GMT", "Via": "1.1 x"}
    control.add_faults({"status": 200, "headers": headers, "body": PAGE, "done": done, "times": None})
    for answer in (client.post("/123456/d", "mkdir"), client.get("/123456", "dir")):
        assert (answer.status, answer.text) == (200, PAGE)
        assert {name: answer.headers[name.lower()] for name in headers} == headers
    client.send(client.head("GET", "/123456", "version=1&action=dir"))
    head = client.more().partition(b"\r\n\r\n")[0].lower().splitlines()
    names = [line.partition(b":")[0] for line in head]
    assert len(names) == len(set(names))
    control.clear_faults()
    assert client.get("/123456", "dir").headers["server"] == "AkamaiNetStorage"


def test_a_status_that_has_no_body(client: Client, control: Control) -> None:
    control.add_faults({"status": 204, "times": 2})
    assert [client.post("/123456/d", "mkdir").status for _count in range(3)] == [204, 204, 200]


# -- trickle


def test_a_trickled_response_is_slow_and_whole(client: Client, control: Control) -> None:
    client.put("/123456/a", b"x" * 100)
    control.add_faults({"kind": "trickle", "bytes_per_second": 1000})
    begun = time.monotonic()
    assert client.get("/123456/a", "download").body == b"x" * 100
    assert 0.3 < time.monotonic() - begun < 3, "some 500 bytes with the head"
    assert client.get("/123456/a", "download").body == b"x" * 100


def test_trickle_a_byte_at_a_time_and_leave(client: Client, control: Control) -> None:
    control.add_faults({"kind": "trickle", "bytes_per_second": 5})
    client.send(client.head("GET", "/123456", "version=1&action=dir"))
    assert client.more() == b"H"
    assert client.more() == b"T"
    client.close()
    assert nobody_is_left(control)


# -- truncate, content_length


def test_an_answer_that_ends_early(seeded: Client, control: Control) -> None:
    whole = seeded.get("/123456/d", "dir").body
    control.add_faults({"kind": "truncate", "how": "closed"}, {"kind": "truncate", "how": "closed", "bytes": 20})
    for kept in (len(whole) // 2, 20):
        seeded.send(seeded.head("GET", "/123456/d", "version=1&action=dir"))
        found, was_reset = read_to_the_end(seeded)
        seeded.close()
        head, _end, body = found.partition(b"\r\n\r\n")
        assert not was_reset
        assert b"Content-Length: %d\r\n" % len(whole) in head
        assert body == whole[:kept]
    assert nobody_is_left(control)


@pytest.mark.parametrize(("path", "action"), [("/123456/d", "dir"), ("/123456/d/", "list"), ("/123456/d/a", "stat"),
                                              ("/123456/d/a", "download")])
def test_a_cut_answer_of_consistent_length(seeded: Client, control: Control, path: str, action: str) -> None:
    whole = seeded.get(path, action).body
    since = control.journal_length()
    control.add_faults({"kind": "truncate", "how": "consistent"})
    assert seeded.get(path, action).body == whole[:len(whole) // 2]
    assert seeded.get(path, action).body == whole
    assert notes(control, since) == ["fault: truncate consistent", ""]


@pytest.mark.parametrize("how", ["closed", "consistent"])
def test_what_has_no_body_is_not_cut(client: Client, control: Control, how: str) -> None:
    control.add_faults({"kind": "truncate", "how": how})
    assert client.put("/123456/a", b"").status == 200
    assert client.ask("HEAD", "/123456/a", "download").status == 200
    (rule,) = control.faults()["faults"]
    assert (rule["matched"], rule["injected"], rule["in_force"]) == (2, 0, True)


def test_a_length_that_is_too_small(seeded: Client, control: Control) -> None:
    control.add_faults({"kind": "content_length", "how": "smaller", "by": 10})
    answer = seeded.get("/123456/d/a", "download")
    assert answer.body == b"a" * 290
    seeded.send(seeded.head("GET", "/123456/d/b", "version=1&action=download"))
    assert seeded._until(b"HTTP/1.1 ") == b"a" * 10, "the rest stands in front of the next answer"


def test_a_length_that_is_too_large(seeded: Client, control: Control) -> None:
    control.add_faults({"kind": "content_length", "how": "larger", "by": 7, "times": 2})
    seeded.connect().settimeout(0.3)
    seeded.send(seeded.head("GET", "/123456/d/a", "version=1&action=download"))
    with pytest.raises(TimeoutError):
        seeded.receive()
    seeded.close()
    assert seeded.ask("HEAD", "/123456/d/a", "download").headers["content-length"] == "307"


# -- digest


def test_wrong_digests_in_rows(seeded: Client, control: Control) -> None:
    for path, action in (("/123456/d", "dir"), ("/123456/d/", "list"), ("/123456/d/a", "stat")):
        true = seeded.get(path, action)
        control.add_faults({"kind": "digest", "how": "row"})
        wrong = seeded.get(path, action)
        assert len(true.body) == len(wrong.body)
        assert true.text.count("md5=") == sum(a != b for a, b in zip(true.text, wrong.text, strict=True)) > 0


def test_an_answer_without_digests_cannot_have_wrong_ones(client: Client, control: Control) -> None:
    control.load([{"key": "/123456/d/", "type": "dir"}])
    control.add_faults({"kind": "digest", "how": "row"})
    assert client.get("/123456/d", "stat").status == 200
    assert client.get("/123456/none", "stat").status == 404
    assert control.faults()["faults"][0]["injected"] == 0


@pytest.mark.parametrize("part", ["", "bytes=2000-2999"])
def test_a_wrong_byte_in_a_download(tmp_path: pathlib.Path, part: str) -> None:
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], data=tmp_path / "s") as emulator:
        client = Client(emulator.port)
        client.put("/123456/a", LARGE)
        headers = {"Range": part} if part else {}
        true = client.get("/123456/a", "download", headers=headers)
        emulator.control.add_faults({"kind": "digest", "how": "body"})
        wrong = client.get("/123456/a", "download", headers=headers)
        assert wrong.headers["etag"] == true.headers["etag"]
        assert sum(a != b for a, b in zip(true.body, wrong.body, strict=True)) == 1
        assert client.get("/123456/a", "download").body == LARGE
        client.close()
