# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP clients that upload the same small file: each over one kept-alive connection, and each reads the response to its end.

None decides anything for itself: no redirect, no repetition, no proxy, and no look into a ``.netrc``.
"""

from __future__ import annotations

import contextlib
import http.client
import ssl
import typing as t

import requests
import urllib3
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.connection_pool import ConnectionPool
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.endpoint import Endpoint
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.transport import Transport
from ansible_collections.edgeops.netstorage.tests.contract.urllib3_transport import Urllib3Pool

_AGENT = {"User-Agent": "edgeops.netstorage"}
_SILENCE = 60.0  # seconds


class Upload(t.NamedTuple):
    """A request, signed. ``headers`` has all but those that a client writes by itself."""

    target: str
    headers: dict[str, str]
    body: bytes


class Place(t.NamedTuple):
    """Where to upload to. ``ca_path`` has the certificate of the authority, for https."""

    protocol: str
    host_port: str
    ca_path: str


Send = t.Callable[[Upload], int]
"""Sends one upload; the status of the response."""

HttpClient = t.Callable[[Place], t.ContextManager[Send]]


def _at_the_seam(transport: Transport) -> HttpClient:
    """A transport as the collection's client uses it."""

    @contextlib.contextmanager
    def opened(place: Place) -> t.Iterator[Send]:
        endpoint = Endpoint(
            place.host_port,
            place.protocol,
            ca_path=place.ca_path,
            idle_timeout=_SILENCE,
            use_proxy=False,
            user_agent=_AGENT["User-Agent"],
        )
        pool = transport(endpoint, lambda: None)

        def send(upload: Upload) -> int:
            with pool.exchange("PUT", upload.target, upload.headers, upload.body) as response:
                response.read(4096)
                return response.status

        try:
            yield send
        finally:
            pool.close()

    return opened


@contextlib.contextmanager
def _http_client(place: Place) -> t.Iterator[Send]:
    if place.protocol == "http":
        connection = http.client.HTTPConnection(place.host_port, timeout=_SILENCE)
    else:
        context = ssl.create_default_context(cafile=place.ca_path)
        connection = http.client.HTTPSConnection(place.host_port, timeout=_SILENCE, context=context)

    def send(upload: Upload) -> int:
        connection.request("PUT", upload.target, upload.body, {**_AGENT, **upload.headers})
        response = connection.getresponse()
        response.read()
        return response.status

    with contextlib.closing(connection):
        yield send


@contextlib.contextmanager
def _urllib3_pool(place: Place) -> t.Iterator[Send]:
    trust = {"ca_certs": place.ca_path} if place.protocol == "https" else {}
    pool = urllib3.connection_from_url(f"{place.protocol}://{place.host_port}", timeout=_SILENCE, retries=False, **trust)

    def send(upload: Upload) -> int:
        headers = {**_AGENT, "Accept-Encoding": "identity", **upload.headers}
        return pool.urlopen("PUT", upload.target, upload.body, headers, redirect=False).status

    with contextlib.closing(pool):
        yield send


@contextlib.contextmanager
def _requests(place: Place) -> t.Iterator[Send]:
    session = requests.Session()
    session.trust_env = False
    session.verify = place.ca_path
    session.headers.update({**_AGENT, "Accept-Encoding": "identity"})
    origin = f"{place.protocol}://{place.host_port}"

    def send(upload: Upload) -> int:
        url = origin + upload.target
        return session.put(url, upload.body, headers=upload.headers, timeout=_SILENCE, allow_redirects=False).status_code

    with session:
        yield send


OURS = "_http"
CLIENTS: dict[str, HttpClient] = {
    OURS: _at_the_seam(ConnectionPool),
    "http.client": _http_client,
    "urllib3's connections": _at_the_seam(Urllib3Pool),
    "urllib3's pool": _urllib3_pool,
    "requests": _requests,
}
