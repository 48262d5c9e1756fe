# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server says is quoted without secrets, whatever it echoes."""

from __future__ import annotations

import base64
import html
import json
import typing as t
from urllib.parse import quote

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.verdicts import QUOTED, quoted, spellings
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.conftest import KEY
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.scripted_server import MakeClient, Request, Server, answer
from hypothesis import given
from hypothesis import strategies as st

PASSWORD = "p&ss'w\"rd <ä>%"
TOKEN = base64.b64encode(f"alice:{PASSWORD}".encode()).decode()


@given(st.text(min_size=8), st.text(max_size=300), st.text(max_size=300))
def test_no_spelling_of_a_secret_is_quoted(secret: str, before: str, behind: str) -> None:
    hidden = spellings(secret)
    for spelled in hidden:
        found = quoted(f"{before}{spelled}{behind}".encode("utf-8", "surrogatepass"), hidden)
        assert not any(one in found for one in hidden if one not in before + behind and len(one) >= 8)


def test_a_secret_that_is_cut_off_is_not_quoted_either() -> None:
    hidden = spellings("correct horse battery staple")
    assert quoted(b"Authorization: correct horse bat", hidden) == "Authorization: ********"
    assert quoted(b"Authorization: corre", hidden) == "Authorization: ********"
    assert quoted(b"Authorization: corr<br>", hidden) == "Authorization: ********"


@pytest.mark.parametrize("odd", [
    "".join(f"&#{ord(letter)};" for letter in "correct horse battery"),
    "".join(f"%{ord(letter):02x}" for letter in "correct horse battery"),
    "".join(f"\\u{ord(letter):04x}" for letter in "correct horse battery"),
    "correct ho<wbr>rse bat<br/>tery", "correct horse\n battery", "correct\u00adhorse battery",
])  # fmt: skip
def test_a_secret_in_a_spelling_of_its_own_leaves_the_quote_out(odd: str) -> None:
    hidden = spellings("correct horse battery")
    assert quoted(f"<p>You said {odd}</p>".encode(), hidden).startswith("(left out")
    assert quoted("correct horse battery".encode("utf-16"), hidden).startswith("(left out")


def test_a_page_is_quoted_in_words_and_short() -> None:
    page = b"<html><style>p { color: red }</style><script>alert(1)</script><title>No &amp; no</title><p>x\x1b[2J\n\ty</p>"
    assert quoted(page, ()) == "No & no x\\x1b[2J y"
    assert len(quoted(b"word " * 1000, ())) <= QUOTED + 2


Echo = t.Callable[[Request], str]
ECHOES: dict[str, Echo] = {
    "as it came": lambda request: request.head.decode("latin-1"),
    "as a page": lambda request: f"<html><body><pre>{html.escape(request.head.decode('latin-1'))}</pre></body></html>",
    "as JSON": lambda request: json.dumps({"request": request.head.decode("latin-1")}),
    "as a link": lambda request: quote(request.head.decode("latin-1"), safe=""),
    "as a header": lambda request: request.headers["x-akamai-acs-auth-sign"],
    "in words": lambda _request: f"alice may not pass with {PASSWORD}, and the key is {KEY}",
}


@pytest.mark.parametrize("status", [200, 302, 403, 404, 407, 503])
@pytest.mark.parametrize("echo", ECHOES)
def test_a_proxy_that_echoes_the_request(
    server: Server, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, echo: str, status: int
) -> None:
    """Passwords in clear and in base64, signatures and the key are in no message."""
    client = make_client(host="netstorage.example", max_retries=0)
    monkeypatch.setenv("http_proxy", f"http://alice:{quote(PASSWORD, safe='')}@127.0.0.1:{server.port}")
    client = make_client(host="netstorage.example", max_retries=0)
    server.handler = lambda request: answer(status, ECHOES[echo](request).encode("latin-1", "replace"), Server="proxy")
    told = []
    for ask in (client.stat, client.delete):
        with pytest.raises(NetStorageError) as caught:
            ask(b"/1/a")
        told.append(str(caught.value))
    signatures = [request.headers["x-akamai-acs-auth-sign"] for request in server.requests]
    assert signatures and "proxy-authorization" in server.requests[0].headers
    for secret in (KEY, PASSWORD, TOKEN, *signatures):
        for spelled in spellings(secret):
            assert not any(spelled in text for text in told), (spelled, told)


@pytest.mark.parametrize("status_line", [f"{TOKEN} {TOKEN}", f"x {KEY}"])
def test_what_is_no_http_is_quoted_without_secrets_too(
    server: Server, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, status_line: str
) -> None:
    monkeypatch.setenv("http_proxy", f"http://alice:{quote(PASSWORD, safe='')}@127.0.0.1:{server.port}")
    client = make_client(host="netstorage.example", max_retries=0)
    server.handler = lambda _request: f"{status_line}\r\n\r\n".encode()
    with pytest.raises(NetStorageError) as caught:
        client.stat(b"/1/a")
    assert TOKEN[:12] not in str(caught.value) and KEY not in str(caught.value)
