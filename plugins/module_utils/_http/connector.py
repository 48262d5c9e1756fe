# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Opens connections: directly or through a proxy, with TLS.

``requests`` finds the proxies of the environment, with all rules of ``no_proxy``, and the CA bundle (``REQUESTS_CA_BUNDLE``,
``CURL_CA_BUNDLE``, else its own). ``.netrc`` is never read. It takes longer to import than a small task takes to run, so it is
imported only when it is needed.
"""

from __future__ import annotations

import base64
import functools
import importlib
import importlib.util
import os
import socket
import ssl
import sys
import traceback
import types
import typing as t
from urllib.parse import unquote, urlsplit

from .endpoint import Endpoint, EndpointError
from .response_head import Malformed
from .response_reader import ResponseReader
from .socket_waits import CancelCheck, Reception, connect, nap_of, send, shake_hands

IMPORT_ERROR: str | None = None
if importlib.util.find_spec("requests") is None:
    try:
        importlib.import_module("requests")
    except ImportError:
        IMPORT_ERROR = traceback.format_exc()

_WHERE_TO = "The environment names a proxy, and a plain HTTP proxy cannot be told where to connect to"


class Proxy(t.NamedTuple):
    """One proxy of the environment.

    authorization  the header value for it, or None
    secrets        what may not be quoted: the password, percent-encoded and decoded, and the value of the header
    """

    scheme: str
    host: str
    port: int
    authorization: str | None
    secrets: tuple[str, ...] = ()


class Connector:
    """Opens connections to one host, and knows what a proxy changes in the head of a request.

    prefix  of the target in the request line: empty, or ``http://host:port`` through a plain HTTP proxy
    extra   header fields for a plain HTTP proxy
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint, self._reached = endpoint, endpoint.reached
        self.proxy = _proxy(self._reached) if endpoint.use_proxy and _may_have_proxies() else None
        self._context = _tls_context(endpoint) if endpoint.protocol == "https" else None
        forwarded = self.proxy is not None and endpoint.protocol == "http"
        if forwarded and endpoint.connect_to is not None:
            raise EndpointError(_WHERE_TO, hint="Set use_proxy to false, add the address to no_proxy, or use https.")
        self.prefix = endpoint.origin if forwarded else ""
        authorization = self.proxy.authorization if self.proxy is not None and forwarded else None
        self.extra = f"Proxy-Authorization: {authorization}\r\n" if authorization else ""

    @property
    def trusted(self) -> tuple[object, ...]:
        """Whom the connections go through, and by which certificates they are verified: the same object for the same file."""
        return self.proxy, self._context if self._endpoint.validate_certs else None

    @property
    def idle_timeout(self) -> float:
        return self._endpoint.idle_timeout

    def open(self, check_cancelled: CancelCheck) -> socket.socket:
        """A connected socket with the timeout of one nap. Raises OSError (with ssl.SSLError), Malformed and Cancelled."""
        endpoint, proxy, reached = self._endpoint, self.proxy, self._reached
        address = (proxy.host, proxy.port) if proxy is not None else (reached.name, reached.port)
        sock = _connected(address, endpoint.connect_timeout, check_cancelled)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            context, name = self._context, endpoint.name
            if context is not None and proxy is not None:
                _dig(sock, reached, proxy, check_cancelled)
            elif proxy is not None and proxy.scheme == "https":
                context, name = _verifying_context(None), proxy.host
            if context is not None:
                sock = secured = context.wrap_socket(sock, server_hostname=name, do_handshake_on_connect=False)
                shake_hands(secured, endpoint.connect_timeout, check_cancelled)
            sock.settimeout(nap_of(endpoint.idle_timeout))
        except BaseException:
            sock.close()
            raise
        return sock


def _connected(address: tuple[str, int], seconds: float, check_cancelled: CancelCheck) -> socket.socket:
    """Connects to the first address of the name that accepts, like ``socket.create_connection``, but can be cancelled."""
    try:
        found = socket.getaddrinfo(*address, 0, socket.SOCK_STREAM)
    except UnicodeError as error:  # a proxy's name with an empty or an overlong label
        raise socket.gaierror(socket.EAI_NONAME, "it is not a host name") from error
    refused = OSError("the name has no address")
    for family, kind, protocol, _name, place in found:
        try:
            sock = socket.socket(family, kind, protocol)
        except OSError as error:
            refused = error
            continue
        try:
            sock.settimeout(nap_of(seconds))
            connect(sock, place, seconds, check_cancelled)
            return sock
        except OSError as error:
            sock.close()
            refused = error
        except BaseException:
            sock.close()
            raise
    raise refused


def _dig(sock: socket.socket, endpoint: Endpoint, proxy: Proxy, check_cancelled: CancelCheck) -> None:
    """Opens a tunnel to the host through the proxy (CONNECT)."""
    name = f"[{endpoint.name}]" if ":" in endpoint.name else endpoint.name
    place = f"{name}:{endpoint.port}"
    authorization = f"Proxy-Authorization: {proxy.authorization}\r\n" if proxy.authorization else ""
    seconds = endpoint.connect_timeout
    send(sock, f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n{authorization}\r\n".encode("ascii"), seconds, check_cancelled)
    response = ResponseReader(Reception(sock, seconds, seconds, check_cancelled, is_change=False), "CONNECT")
    if not 200 <= response.head.status < 300:
        wants = ", because it wants a user and a password" if response.head.status == 407 else ""
        raise OSError(f"the proxy responds to CONNECT with {response.head.status}{wants}")
    if not response.is_bare:
        raise Malformed("the proxy sent data through the tunnel before any request")


def _may_have_proxies() -> bool:
    """False if it is certain, without importing ``requests``, that no proxy is set."""
    if sys.platform in ("darwin", "win32"):
        return True  # the system settings may name one
    names = [name.lower() for name, value in os.environ.items() if value]
    return any(name.endswith("_proxy") and name != "no_proxy" for name in names)


def _library() -> types.ModuleType:
    try:
        return importlib.import_module("requests.utils")
    except ImportError as error:
        raise EndpointError(
            f"The Python library requests cannot be imported: {error}", hint="It is needed for the proxies of the environment."
        ) from error


def _proxy(endpoint: Endpoint) -> Proxy | None:
    known, url = _library(), endpoint.origin + "/"
    address = known.select_proxy(url, known.get_environ_proxies(url, None))
    if not address:
        return None
    hint = "Change the variable http_proxy or https_proxy, add the host to no_proxy, or set use_proxy to false."
    try:
        parts = urlsplit(address if "://" in address else "http://" + address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise EndpointError("The environment names a proxy whose address cannot be read", hint=hint) from error
    shown = f"{parts.scheme}://{parts.hostname}"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise EndpointError(f"The environment names the proxy {shown}, which is not an HTTP proxy", hint=hint)
    if parts.scheme == "https" and endpoint.protocol == "https":
        raise EndpointError(f"The environment names the proxy {shown}; TLS inside TLS is not supported", hint=hint)
    authorization: str | None = None
    secrets: tuple[str, ...] = ()
    if parts.username is not None:
        password = parts.password or ""
        words = f"{unquote(parts.username)}:{unquote(password)}"
        token = base64.b64encode(words.encode("utf-8")).decode("ascii")
        authorization, secrets = f"Basic {token}", (token, words, password, unquote(password))
    return Proxy(parts.scheme, parts.hostname, port, authorization, tuple(filter(None, secrets)))


def _tls_context(endpoint: Endpoint) -> ssl.SSLContext:
    if endpoint.validate_certs:
        named = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        return _verifying_context(endpoint.ca_path or named, ("http/1.1",))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return context


def _verifying_context(bundle: str | None, protocols: tuple[str, ...] = ()) -> ssl.SSLContext:
    where = bundle or _bundle_of_requests()
    try:
        return _loaded(where, protocols, _edition(where))
    except (OSError, ssl.SSLError) as error:
        raise EndpointError(
            f"The certificates in {where!r} cannot be read: {error}",
            hint="Give ca_path a PEM file, or a directory prepared with `openssl rehash`.",
        ) from error


def _edition(path: str) -> tuple[int, ...]:
    """What changes with the content of a file. Raises OSError."""
    found = os.stat(path)
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


@functools.lru_cache(maxsize=4)
def _loaded(where: str, protocols: tuple[str, ...], _edition: tuple[int, ...]) -> ssl.SSLContext:
    """Once for all items of a loop: to read the usual bundle takes 25 ms, longer than an item. A directory is read for each
    handshake."""
    is_folder = os.path.isdir(where)
    context = ssl.create_default_context(cafile=None if is_folder else where, capath=where if is_folder else None)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


@functools.cache
def _bundle_of_requests() -> str:
    """``requests.utils.DEFAULT_CA_BUNDLE_PATH``, without the rest of the library.

    Distributions patch its file ``certs.py`` to name their own bundle (Fedora), so only that file is loaded.
    """
    found = importlib.util.find_spec("requests")
    for folder in (found.submodule_search_locations if found is not None else None) or ():
        file = os.path.join(folder, "certs.py")
        spec = importlib.util.spec_from_file_location("requests_certs_alone", file) if os.path.isfile(file) else None
        if spec is not None and spec.loader is not None:
            certs = importlib.util.module_from_spec(spec)
            try:
                spec.loader.exec_module(certs)
                return str(certs.where())
            except (ImportError, AttributeError):
                break  # this version imports other modules of the package
    return str(_library().DEFAULT_CA_BUNDLE_PATH)
