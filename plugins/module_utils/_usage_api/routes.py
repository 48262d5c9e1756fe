# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This room is private to edgeops.netstorage: nothing here is a promise to other collections.

"""The way to the host: directly or through a proxy, and whom to trust.

``requests`` is used for what it knows: the proxies of the environment with all rules of ``no_proxy``, and the bundle of
certificates (``REQUESTS_CA_BUNDLE``, ``CURL_CA_BUNDLE``, else its own). ``.netrc`` is never read.
"""

from __future__ import annotations

import base64
import http.client
import os
import ssl
import traceback
import typing as t
from urllib.parse import unquote, urlsplit

from .._model.errors import BadOptions
from .connection import Connection

IMPORT_ERROR: str | None
try:
    import requests
    import requests.utils
except ImportError:
    IMPORT_ERROR = traceback.format_exc()
else:
    IMPORT_ERROR = None


class Proxy(t.NamedTuple):
    """One proxy of the environment. ``authorization`` is the header value for it, or None."""

    scheme: str
    host: str
    port: int
    authorization: str | None


class Route:
    """How connections to one host are opened, and how a request's first lines are written on the way.

    prefix  what stands before the target in the request line: empty, or ``http://host:port`` through a plain proxy
    extra   header lines that only a proxy gets to see
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        settings = _settings_of_environment(connection)
        self.proxy = _proxy(connection, settings["proxies"]) if connection.use_proxy else None
        self._context = _tls_context(connection, settings["verify"]) if connection.protocol == "https" else None
        forwarded = self.proxy is not None and connection.protocol == "http"
        self.prefix = connection.origin if forwarded else ""
        authorization = self.proxy.authorization if self.proxy is not None and forwarded else None
        self.extra = f"Proxy-Authorization: {authorization}\r\n" if authorization else ""

    def open(self) -> http.client.HTTPConnection:
        """A connected socket. Raises OSError (with ssl.SSLError) and http.client.HTTPException.

        http.client sets TCP_NODELAY and speaks CONNECT; nothing else of it touches a request (see ``wire``).
        """
        opened = self._closed()
        opened.connect()
        opened.sock.settimeout(self._connection.idle_timeout)
        return opened

    def _closed(self) -> http.client.HTTPConnection:
        connection, proxy, context = self._connection, self.proxy, self._context
        host, port, patience = connection.name, connection.port, connection.connect_timeout
        if proxy is None:
            if context is None:
                return http.client.HTTPConnection(host, port, timeout=patience)
            return http.client.HTTPSConnection(host, port, timeout=patience, context=context)
        if context is not None:
            tunnel = http.client.HTTPSConnection(proxy.host, proxy.port, timeout=patience, context=context)
            headers = {"Proxy-Authorization": proxy.authorization} if proxy.authorization else {}
            tunnel.set_tunnel(host, port, headers)
            return tunnel
        if proxy.scheme == "https":
            secure = ssl.create_default_context(cafile=requests.utils.DEFAULT_CA_BUNDLE_PATH)
            return http.client.HTTPSConnection(proxy.host, proxy.port, timeout=patience, context=secure)
        return http.client.HTTPConnection(proxy.host, proxy.port, timeout=patience)


def _settings_of_environment(connection: Connection) -> dict[str, t.Any]:
    with requests.Session() as session:
        return dict(session.merge_environment_settings(connection.origin + "/", {}, None, None, None))


def _proxy(connection: Connection, proxies: dict[str, str]) -> Proxy | None:
    address = requests.utils.select_proxy(connection.origin + "/", proxies)
    if not address:
        return None
    hint = "Change the variable http_proxy or https_proxy, add the host to no_proxy, or set use_proxy to false."
    try:
        parts = urlsplit(address if "://" in address else "http://" + address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise BadOptions("The environment names a proxy whose address cannot be read", hint=hint) from error
    shown = f"{parts.scheme}://{parts.hostname}"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadOptions(f"The environment names the proxy {shown}, which is no HTTP proxy", hint=hint)
    if parts.scheme == "https" and connection.protocol == "https":
        raise BadOptions(f"The environment names the proxy {shown}; TLS inside TLS is not supported", hint=hint)
    authorization = None
    if parts.username is not None:
        words = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = "Basic " + base64.b64encode(words.encode("utf-8")).decode("ascii")
    return Proxy(parts.scheme, parts.hostname, port, authorization)


def _tls_context(connection: Connection, bundle: object) -> ssl.SSLContext:
    if not connection.validate_certs:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context = _verifying_context(connection.ca_path or bundle)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _verifying_context(bundle: object) -> ssl.SSLContext:
    where = bundle if isinstance(bundle, str) else requests.utils.DEFAULT_CA_BUNDLE_PATH
    try:
        if os.path.isdir(where):
            return ssl.create_default_context(capath=where)
        return ssl.create_default_context(cafile=where)
    except (OSError, ssl.SSLError) as error:
        raise BadOptions(
            f"The certificates in {where!r} cannot be read: {error}",
            hint="Give ca_path a PEM file, or a directory prepared with `openssl rehash`.",
        ) from error
