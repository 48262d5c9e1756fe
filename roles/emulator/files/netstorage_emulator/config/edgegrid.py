# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""API clients, and who of them is asking: the signed header of a request (techdocs "authenticate-with-edgegrid")."""

from __future__ import annotations

import base64
import calendar
import configparser
import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..auth import ReplayMemory
from ..exchange import Exchange
from ..knobs import Knobs

SCHEME = b"EG1-HMAC-SHA256 "
SIGNED_BYTES = 131_072
GRANTS = ("storage", "ccu", "cprg")
FIELDS = ("client_token", "access_token", "timestamp", "nonce", "signature")


class BadClient(ValueError):
    """An API client that cannot be understood."""


@dataclass(frozen=True, slots=True)
class ApiClient:
    """One API client. ``name`` is what the journal calls it; it is the ``user``'s, and may use the APIs of ``grants``."""

    name: str
    client_token: str
    client_secret: str
    access_token: str
    user: str = ""
    grants: frozenset[str] = frozenset(GRANTS)

    def __repr__(self) -> str:
        return f"ApiClient({self.name!r})"


def described(text: str) -> ApiClient:
    """``TOKEN:SECRET:ACCESS`` or ``TOKEN:SECRET:ACCESS:USER`` of the command line."""
    parts = text.split(":")
    if len(parts) not in (3, 4) or not all(parts):
        raise BadClient("an API client is CLIENT_TOKEN:CLIENT_SECRET:ACCESS_TOKEN, or that and :USER")
    return ApiClient(parts[0], parts[0], parts[1], parts[2], parts[-1] if len(parts) == 4 else parts[0])


def granted(clients: Sequence[ApiClient], texts: Sequence[str]) -> list[ApiClient]:
    """The clients with ``storage,cprg`` for all of them, or ``NAME=storage,cprg`` for one; those not named may use everything."""
    found = {client.name: client for client in clients}
    for text in texts:
        name, equals, listed = text.rpartition("=")
        grants = frozenset(filter(None, map(str.strip, listed.split(","))))
        if grants - set(GRANTS) or (equals and name not in found):
            raise BadClient(f"grants of an API client are NAME=LIST or LIST, with a list out of {', '.join(GRANTS)} and the name "
                            f"of a client, not {text!r}")
        for client in [found[name]] if equals else list(found.values()):
            found[client.name] = replace(client, grants=grants)
    return list(found.values())


def of_edgerc(path: str) -> list[ApiClient]:
    """A client for each section of an .edgerc file; the person is ``user`` in it, or called as the section."""
    parser = configparser.RawConfigParser()
    try:
        with open(path, encoding="utf-8") as file:
            parser.read_file(file)
        return [ApiClient(name, parser.get(name, "client_token"), parser.get(name, "client_secret"),
                          parser.get(name, "access_token"), parser.get(name, "user", fallback=name))
                for name in parser.sections()]
    except OSError as error:
        raise BadClient(f"{path} cannot be read: {error.strerror}") from error
    except (configparser.Error, UnicodeDecodeError):
        raise BadClient(f"{path} is no .edgerc file, or a section lacks one of the tokens or the secret") from None


class Denied(Exception):
    """A request that does not come from a client of ours. ``status`` 400 or 401; ``detail`` is what it is told."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


def _hmac(key: str, message: str) -> str:
    return base64.b64encode(hmac.digest(key.encode(), message.encode("latin-1"), "sha256")).decode()


def signature(secret: str, stamp: str, parts: Sequence[str]) -> str:
    """Over the parts in their order; the last one is the header up to its signature."""
    return _hmac(_hmac(secret, stamp), "\t".join(parts))


class EdgeGrid:
    """Checks signatures, the clock window and nonces."""

    def __init__(self, clients: Sequence[ApiClient], knobs: Knobs) -> None:
        self._clients: Mapping[str, ApiClient] = {client.client_token: client for client in clients}
        self._knobs = knobs
        self._nonces = ReplayMemory(time.monotonic)

    def begin_anew(self) -> None:
        """No nonce was used yet."""
        self._nonces.forget()

    def admit(self, exchange: Exchange, body: bytes) -> ApiClient:
        """The client that signed this; raises Denied."""
        header = exchange.headers.get(b"authorization", b"")
        if not header.startswith(SCHEME):
            raise Denied(400, "Invalid authorization request")
        fields = dict(part.partition("=")[::2] for part in header[len(SCHEME):].decode("latin-1").split(";"))
        if set(fields) != set(FIELDS) or not all(fields.values()):
            raise Denied(400, "Invalid authorization request")
        self._check_time(fields["timestamp"])
        client = self._clients.get(fields["client_token"])
        if client is None or client.access_token != fields["access_token"]:
            raise Denied(401, "Invalid authorization client token" if client is None else "Inactive access token")
        unsigned = header.decode("latin-1").rpartition("signature=")[0]
        target = exchange.target.decode("latin-1")
        host = exchange.headers.get(b"host", b"").decode("latin-1")
        hashed = exchange.method == "POST" and body
        content = base64.b64encode(hashlib.sha256(body[:SIGNED_BYTES]).digest()).decode() if hashed else ""
        expected = signature(client.client_secret, fields["timestamp"],
                             (exchange.method, "http", host, target, "", content, unsigned))
        if not hmac.compare_digest(expected.encode(), fields["signature"].encode("latin-1")):
            raise Denied(401, "The signature does not match")
        if self._knobs.nonce_reuse == "refuse" and not self._nonces.is_new((client.client_token, fields["nonce"])):
            raise Denied(400, "Duplicate nonce")
        return client

    def _check_time(self, stamp: str) -> None:
        try:
            signed = calendar.timegm(time.strptime(stamp, "%Y%m%dT%H:%M:%S+0000"))
        except ValueError:
            raise Denied(400, "Invalid timestamp") from None
        if abs(time.time() + self._knobs.clock_skew - signed) > self._knobs.edgegrid_window + 1:
            raise Denied(400, "Invalid timestamp")
