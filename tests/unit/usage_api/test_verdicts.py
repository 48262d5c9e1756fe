# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which answers are the service's own word, and what becomes of a change or a read where they are not."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import AuthRefused, BadReply, NotFound
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.verdicts import (
    Said,
    doubt_of_refusal,
    doubt_of_success,
)
from ansible_collections.edgeops.netstorage.tests.contract.upload_content import Bytes
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.scripted_server import Server, answer, xml

OURS = "AkamaiNetStorage"
PORTAL = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Welcome to the airport</body></html>"
FILESTORE_403 = '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<HTML><HEAD>\n<TITLE>403 Forbidden</TITLE>\n</HEAD>'
GONE = answer(404, b"Not found\n")


@pytest.mark.parametrize(("said", "known", "done"), [
    (Said(200, "", OURS, "deleted\n"), {OURS}, True),
    (Said(200, "text/plain; charset=us-ascii", OURS, "successful\n"), {OURS}, True),
    (Said(204, "", OURS, ""), {OURS}, True),
    (Said(200, "", None, "ok"), {OURS}, True),
    (Said(200, "", "Anything/1", "ok"), {"Anything/1"}, True),
    (Said(200, "text/html", "Apache", "<HTML>Request Processed</HTML>\n"), {"Apache"}, True),
    (Said(200, "text/html", "Apache", "<HTML><p><tt>Request Processed</tt></p></HTML>\n"), set(), True),
    (Said(201, "", OURS, ""), {OURS}, False),
    (Said(202, "", OURS, ""), {OURS}, False),
    (Said(299, "", OURS, ""), {OURS}, False),
    (Said(200, "text/html", OURS, "deleted"), {OURS}, False),
    (Said(200, "", OURS, PORTAL), {OURS}, False),
    (Said(200, "text/plain", OURS, "\n\n <HTML lang='de'>"), {OURS}, False),
    (Said(200, "application/json", OURS, "{}"), {OURS}, False),
    (Said(200, "", OURS, "x" * 257), {OURS}, False),
    (Said(200, "", None, "<h1>Access denied</h1>"), {OURS}, False),
    (Said(200, "", None, "\xef\xbb\xbf\n<p>Access denied"), {OURS}, False),
    (Said(200, "", None, '{"error": "blocked"}'), {OURS}, False),
    (Said(200, "", None, ' [{"error": "blocked"}]'), {OURS}, False),
    (Said(200, "", None, "\xff\xfe<\0h\0t\0m\0l\0>\0"), {OURS}, False),
    (Said(200, "text/plain", OURS, "\x1f\x8b", "gzip"), {OURS}, False),
    (Said(200, "", OURS, "dele", "", False), {OURS}, False),
    (Said(200, "", "squid/5", "ok"), {OURS}, False),
    (Said(200, "", "squid/5", "ok"), set(), False),
    (Said(204, "", "squid/5", ""), {OURS}, False),
])  # fmt: skip
def test_what_says_that_a_change_is_done(said: Said, known: set[str], done: bool) -> None:
    assert (not doubt_of_success(said, known)) is done


@pytest.mark.parametrize(("said", "known", "believed"), [
    (Said(404, "", OURS, "Not found\n"), {OURS}, True),
    (Said(404, "", OURS, "Not found\n"), set(), True),
    (Said(404, "", "Apache", 'File not found."'), set(), True),
    (Said(409, "", None, ""), {OURS}, True),
    (Said(403, "", "squid/5", "Forbidden"), {OURS}, True),
    (Said(403, "text/html; charset=iso-8859-1", "Apache", FILESTORE_403), set(), True),
    (Said(409, "text/html", "Apache", FILESTORE_403), {"Apache"}, True),
    (Said(403, "text/html", "Apache", FILESTORE_403), {OURS}, False),
    (Said(404, "text/html", "Apache", FILESTORE_403), {"Apache"}, False),
    (Said(404, "text/html", "Apache", 'File not found."'), {"Apache"}, True),
    (Said(400, "text/html; charset=iso-8859-1", "Apache", FILESTORE_403), {"Apache"}, True),
    (Said(416, "text/html; charset=iso-8859-1", "Apache", FILESTORE_403), {"Apache"}, True),
    (Said(404, "application/json", None, ""), {OURS}, False),
    (Said(405, "application/json", OURS, ""), {OURS}, True),
    (Said(404, "text/html", OURS, "Not found"), {OURS}, False),
    (Said(404, "", OURS, PORTAL), {OURS}, False),
    (Said(403, "", OURS, PORTAL), {OURS}, False),
    (Said(404, "", "nginx", "Not found\n"), {OURS}, False),
    (Said(409, "", "nginx", ""), {OURS}, False),
    (Said(404, "", "nginx", "Not found\n"), set(), False),
])  # fmt: skip
def test_what_the_service_has_refused(said: Said, known: set[str], believed: bool) -> None:
    assert (not doubt_of_refusal(said, known)) is believed


def portal(status: int) -> bytes:
    return answer(status, PORTAL.encode(), Content_Type="text/html", Server="portal")


FILE = '<file type="file" name="a" size="3" md5="900150983cd24fb0d6963f7d28e17f72" mtime="9"/>'
LINK = '<file type="symlink" name="a" target="t" mtime="9"/>'
DIRECTORY = '<file type="dir" name="a/" implicit="false"/>'
Change = t.Callable[[Client], None]
# What is asked for, and what stat says before and after it.
CHANGES: dict[str, tuple[Change, bytes, bytes]] = {
    "upload": (lambda client: client.upload(b"/1/a", Bytes(b"abc"), 9), GONE, xml("stat", FILE)),
    "mkdir": (lambda client: client.mkdir(b"/1/a"), GONE, xml("stat", DIRECTORY)),
    "rmdir": (lambda client: client.rmdir(b"/1/a"), xml("stat", DIRECTORY), GONE),
    "delete": (lambda client: client.delete(b"/1/a"), xml("stat", FILE), GONE),
    "symlink": (lambda client: client.symlink(b"/1/a", b"t", 9), GONE, xml("stat", LINK)),
    "mtime": (lambda client: client.mtime(b"/1/a", 9), xml("stat", FILE.replace('"9"', '"8"')), xml("stat", FILE)),
    "quick-delete": (lambda client: client.quick_delete(b"/1/a"), xml("stat", DIRECTORY), GONE),
}


@pytest.mark.parametrize("status", [200, 404, 409, 201])
@pytest.mark.parametrize("action", CHANGES)
def test_a_page_is_no_success_where_nothing_was_done(server: Server, client: Client, action: str, status: int) -> None:
    change, before, _after = CHANGES[action]
    server.handler = lambda request: portal(status) if request.action == action else before
    with pytest.raises(BadReply) as caught:
        change(client)
    assert (caught.value.code, caught.value.status, caught.value.action) == ("bad_response", status, action)
    assert '"Sign in Welcome to the airport"' in caught.value.message or "Welcome to the airport" in caught.value.message
    assert "captive portal" in caught.value.hint


@pytest.mark.parametrize("action", CHANGES)
def test_a_change_that_a_page_has_hidden_is_seen(server: Server, client: Client, action: str) -> None:
    change, _before, after = CHANGES[action]
    server.handler = lambda request: portal(200) if request.action == action else after
    change(client)
    assert server.actions().count(action) == 1


def test_a_server_is_not_proved_by_what_it_let_pass(server: Server, client: Client) -> None:
    """A filter may forward one change, and answer the next one in the same words without forwarding it."""
    server.handler = lambda request: answer(200, b"", Server="filter") if request.action == "mkdir" else xml("stat", DIRECTORY)
    client.mkdir(b"/1/a")
    server.handler = lambda request: answer(200, b"", Server="filter") if request.action == "mkdir" else GONE
    with pytest.raises(BadReply, match="its server is 'filter'"):
        client.mkdir(b"/1/a")


@pytest.mark.parametrize("broken", [b"<ht", b"", b"dele"])
def test_a_success_that_breaks_off_is_looked_for(server: Server, client: Client, broken: bytes) -> None:
    server.closes_after_answer = True
    answers = iter([answer(200, broken, Content_Length="9999")])
    server.handler = lambda request: (
        xml("stat", FILE) if request.action == "stat" else next(answers, answer(200, b"deleted\n"))
    )
    client.delete(b"/1/a")
    assert server.actions()[:2] == ["delete", "stat"] and server.actions()[-1] == "delete"


def test_what_a_gateway_says_of_a_failure_leaves_the_change_pending(server: Server, client: Client) -> None:
    server.script("stat", xml("stat", FILE), xml("stat", FILE))
    client.stat(b"/1/a")
    server.script("delete", answer(503, b"upstream connect error", Server="envoy"), answer(200, b"deleted\n"))
    client.delete(b"/1/a")
    assert [late.action for late in client.pending.settled()] == ["delete"]


@pytest.mark.parametrize("page", [
    portal(200), portal(404), portal(403), answer(404, b"Not found\n", Server="nginx"), answer(203),
])  # fmt: skip
def test_a_page_says_nothing_of_what_is_there(server: Server, client: Client, page: bytes) -> None:
    """It is asked for again, and is never an absence."""
    server.script("stat", page, xml("stat", FILE))
    assert [found.size for found in client.stat(b"/1/a")] == [3]
    server.handler = lambda _request: page
    for ask in (client.stat, lambda path: list(client.listing(path)), lambda path: list(client.children(path)), client.du):
        with pytest.raises(BadReply):
            ask(b"/1/a")


def test_a_page_is_what_a_download_may_be(server: Server, client: Client) -> None:
    server.script("download", answer(200, PORTAL.encode(), Content_Type="text/html"), portal(404), answer(404, b"Not found\n"))
    assert client.download(b"/1/a.html") == PORTAL.encode()
    with pytest.raises(NotFound):
        client.download(b"/1/a.html")
    assert len(server.requests) == 3


def test_a_forbidden_that_a_filter_says_is_told_as_such(server: Server, client: Client) -> None:
    server.handler = lambda _request: portal(403)
    with pytest.raises(BadReply, match="which does not come from the service, because it is a page"):
        client.stat(b"/1/a")
    server.handler = lambda _request: answer(403, FILESTORE_403.encode(), Server="Apache", Content_Type="text/html")
    with pytest.raises(AuthRefused):
        client.stat(b"/1/a")
