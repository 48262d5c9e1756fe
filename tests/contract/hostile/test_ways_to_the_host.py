# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom the client talks to: certificates, redirects, ``.netrc`` and proxies; and digests on machines in FIPS mode.

A signed request in the wrong hands is good for a minute; so nothing at all may be sent to anybody but the host.
"""

from __future__ import annotations

import ast
import contextlib
import datetime
import hashlib
import os
import ssl
import typing as t
from pathlib import Path

import pytest
import trustme
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.specs import spec_of
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions, NetStorageError, Unreachable
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import Common
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client_config import ClientConfig
from ansible_collections.edgeops.netstorage.tests.contract.hostile.hostile_server import HostileServer, answered, endless
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import Account
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene
from ansible_collections.edgeops.netstorage.tests.contract.upload_content import Bytes
from ansible_collections.edgeops.netstorage.tests.fake_cancellation import FakeCancellation
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.scripted_server import Server, answer, xml
from netstorage_emulator.control import Running

KEY = "a-key-of-the-hostile-suite"
PLUGINS = Path(__file__).parents[3] / "plugins"
WEAK = {"hashlib.md5", "hashlib.sha1", "hashlib.new"}
DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.now(datetime.UTC)


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No proxies, no bundles, and a home of our own."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def server() -> t.Iterator[Server]:
    running = Server()
    running.handler = lambda _request: xml("stat")
    yield running
    running.close()


@contextlib.contextmanager
def tls(certificate: trustme.LeafCert, **settings: t.Any) -> t.Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    for name, value in settings.items():
        setattr(context, name, value)
    running = Server(context)
    running.handler = lambda _request: xml("stat")
    try:
        yield running
    finally:
        running.close()


def client(host: str, **options: t.Any) -> Client:
    connection = ClientConfig(host, "tester", KEY, **{"protocol": "http", "max_retries": 0, **options})
    return Client(connection, cancellation=FakeCancellation())


# -- certificates


def test_certificates_are_verified_by_default() -> None:
    spec = spec_of(Common)
    for settings in (Common("a", "b", KEY), ClientConfig("a", "b", KEY), ClientConfig("a", "b", KEY).endpoint):
        assert settings.validate_certs is spec["validate_certs"]["default"] is True
        assert settings.protocol == spec["protocol"]["default"] == "https"


CERTIFICATES: dict[str, tuple[str, dict[str, t.Any]]] = {
    "a wrong name": ("other.example", {}),
    "a name that only begins like it": ("localhost.example", {}),
    "a wildcard above it": ("*.example", {}),
    "an address and no name": ("127.0.0.1", {}),
    "expired": ("localhost", {"not_before": NOW - 9 * DAY, "not_after": NOW - DAY}),
    "not valid yet": ("localhost", {"not_before": NOW + DAY, "not_after": NOW + 9 * DAY}),
}


@pytest.mark.parametrize("case", [*CERTIFICATES, "untrusted"])
def test_a_certificate_that_is_wrong(case: str, tmp_path: Path) -> None:
    """No request is sent, no second try is made, and only who says so gets through all the same."""
    authority, stranger = trustme.CA(), trustme.CA()
    name, more = CERTIFICATES.get(case, ("localhost", {}))
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    issuer = stranger if case == "untrusted" else authority
    with tls(issuer.issue_cert(name, **more)) as server:
        options = {"protocol": "https", "ca_path": str(tmp_path / "ca.pem"), "max_retries": 3}
        with client(f"localhost:{server.port}", **options) as careful, pytest.raises(Unreachable, match="does not verify"):
            careful.stat(b"/123456/a")
        assert server.requests == []
        with client(f"localhost:{server.port}", protocol="https", validate_certs=False) as careless:
            assert careless.stat(b"/123456/a") == []
    with tls(authority.issue_cert("localhost")) as server, client(f"localhost:{server.port}", **options) as careful:
        assert careful.stat(b"/123456/a") == []


def test_a_certificate_does_not_speak_for_addresses(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with tls(authority.issue_cert("localhost")) as server:
        options = {"protocol": "https", "ca_path": str(tmp_path / "ca.pem")}
        with client(f"127.0.0.1:{server.port}", **options) as opened, pytest.raises(Unreachable, match="does not verify"):
            opened.stat(b"/123456/a")
        assert server.requests == []


# -- redirects and .netrc


@pytest.mark.parametrize("status", [300, 301, 302, 303, 305, 307, 308])
def test_a_redirect_is_not_followed_with_credentials_nor_without(server: Server, status: int) -> None:
    elsewhere = Server()
    elsewhere.handler = lambda _request: xml("stat")
    place = f"http://127.0.0.1:{elsewhere.port}/123456/a"
    server.handler = lambda _request: answer(status, Location=place, Refresh=f"0; url={place}", Alt_Svc=f'h2=":{elsewhere.port}"')
    with client(f"127.0.0.1:{server.port}", max_retries=3) as opened:
        for call in (
            lambda: opened.stat(b"/123456/a"),
            lambda: list(opened.listing(b"/123456/a")),
            lambda: opened.download(b"/123456/a"),
            lambda: opened.upload(b"/123456/a", Bytes(b"secret"), 5),
            lambda: opened.delete(b"/123456/a"),
            lambda: opened.symlink(b"/123456/a", b"b"),
        ):
            with pytest.raises(NetStorageError, match="Redirects are never followed"):
                call()
    assert elsewhere.requests == []
    assert len(server.requests) == 6
    elsewhere.close()


@pytest.mark.parametrize("name", [".netrc", "_netrc", "elsewhere"])
def test_the_netrc_is_not_read(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """Neither for the host nor for a proxy: it may have the password of another service on the same name."""
    (tmp_path / name).write_text("machine 127.0.0.1 login me password secret\ndefault login me password secret\n")
    (tmp_path / name).chmod(0o600)
    if name == "elsewhere":
        monkeypatch.setenv("NETRC", str(tmp_path / name))
    for proxy in (False, True):
        if proxy:
            monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.port}")
        with client(f"127.0.0.1:{server.port}") as opened:
            opened.stat(b"/123456/a")
    assert len(server.requests) == 2
    for request in server.requests:
        assert not {"authorization", "proxy-authorization"} & set(request.headers)
        assert b"secret" not in request.head


# -- proxies


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_environment_is_used(server: Server, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, f"http://us%65r:p%40ss@127.0.0.1:{server.port}")
    with client("nsu.example") as opened:
        opened.stat(b"/123456/a//b/../c")
    assert server.requests[0].line == b"GET http://nsu.example/123456/a//b/../c HTTP/1.1"
    assert server.requests[0].headers["proxy-authorization"] == "Basic dXNlcjpwQHNz"
    monkeypatch.setenv("no_proxy", "example")
    with client("nsu.example") as opened, pytest.raises(Unreachable):
        opened.stat(b"/123456/a")
    assert len(server.requests) == 1


PROXIES = {
    "socks5://user:hidden@127.0.0.1:1": BadOptions,
    "http://user:hidden@127.0.0.1:port": BadOptions,
    "http://user:hidden@[::1": BadOptions,
    "https://user:hidden@127.0.0.1:1": BadOptions,
    "http://user:hidden@": BadOptions,
    "http://user:hidden@127.0.0.1:1": Unreachable,
    "http://user:hidden@a..b:1": Unreachable,
    f"http://user:hidden@{'a' * 70}.example:1": Unreachable,
}


@pytest.mark.parametrize("proxy", PROXIES)
def test_the_password_of_a_proxy_is_in_no_message(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    with pytest.raises(PROXIES[proxy]) as told, client("nsu.example", protocol="https") as opened:
        opened.stat(b"/123456/a")
    assert "hidden" not in str(told.value) + str(told.value.failure())


@pytest.mark.parametrize("status", [200, 302, 403, 407, 500])
def test_a_proxy_that_does_not_dig(server: Server, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    """What comes from the proxy instead of a tunnel is never taken for the service. It gets no signature to see."""
    server.handler = lambda _request: answer(status, b'<stat><file type="file" name="a" size="1"/></stat>', Location="http://x/")
    monkeypatch.setenv("https_proxy", f"http://user:hidden@127.0.0.1:{server.port}")
    with client("nsu.example", protocol="https") as opened, pytest.raises(Unreachable) as told:
        opened.stat(b"/123456/a")
    assert "hidden" not in str(told.value)
    assert [request.line for request in server.requests] == [b"CONNECT nsu.example:443 HTTP/1.1"]
    assert b"akamai" not in server.requests[0].head.lower()


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"", b"HTTP/1.1 200 OK\r\nX: "])
def test_a_proxy_that_never_ends(monkeypatch: pytest.MonkeyPatch, head: bytes) -> None:
    with HostileServer(answered(lambda: endless(b"X: 1\r\n"), head=head)) as proxy:
        monkeypatch.setenv("https_proxy", f"http://{proxy.host}")
        with client("nsu.example", protocol="https") as opened, pytest.raises(Unreachable):
            opened.stat(b"/123456/a")
        assert proxy.sent < 16 << 20


# -- digests


def test_no_digest_is_taken_for_security_where_it_is_none() -> None:
    """In FIPS mode md5 and sha1 only work with ``usedforsecurity=False``, which says that nothing depends on them."""
    weak = [
        (file, node)
        for file in PLUGINS.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and WEAK & {ast.unparse(part) for part in (node.func, *node.args)}
    ]
    assert len(weak) >= 4
    for file, node in weak:
        assert any(word.arg == "usedforsecurity" and ast.unparse(word.value) == "False" for word in node.keywords), file.name


def test_a_sync_on_a_machine_in_fips_mode(
    emulator: Running, account: Account, place: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(emulator, account, place, tmp_path)
    scene.there({"a": "old!", "same": "same", "large": "x" * 2_000_000})
    scene.here({"a": "new!", "same": "same", "large": "y" * 2_000_000, "more": "more"})
    for name in ("md5", "sha1"):
        monkeypatch.setattr(hashlib, name, _refusing(getattr(hashlib, name)))
    with pytest.raises(ValueError, match="FIPS"):
        hashlib.md5(b"")
    outcome = scene.run(verify="full", diff=True)
    assert outcome.error is None
    assert sorted(step.path.rpartition(b"/")[2] for step in outcome.done) == [b"a", b"large", b"more"]


def _refusing(original: t.Callable[..., t.Any]) -> t.Callable[..., t.Any]:
    def digest(data: bytes = b"", *, usedforsecurity: bool = True) -> t.Any:
        if usedforsecurity:
            raise ValueError("disabled for FIPS")
        return original(data, usedforsecurity=False)

    return digest
