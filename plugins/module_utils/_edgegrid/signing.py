# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""EdgeGrid signatures (EG1-HMAC-SHA256): an Authorization header for one request, at one time, with one nonce. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
import typing as t

from .credentials import Credentials

_BLANKS = re.compile(r"\s+")


class ToSign(t.NamedTuple):
    """A request as the signature sees it.

    target   path and query exactly as they are sent
    headers  by lower-case names; only those that ``headers_to_sign`` names count
    """

    method: str
    protocol: str
    host: str
    target: str
    headers: t.Mapping[str, str] = {}
    body: bytes = b""


def timestamp(seconds: float) -> str:
    """A time as the header has it. Args: seconds since the epoch."""
    return time.strftime("%Y%m%dT%H:%M:%S+0000", time.gmtime(seconds))


def authorization(credentials: Credentials, request: ToSign, stamp: str, nonce: str) -> str:
    """The value of the header ``Authorization``.

    Args:
        stamp: see ``timestamp``; the service takes it 30 seconds before and after.
        nonce: anything that is used once.
    """
    unsigned = (
        f"EG1-HMAC-SHA256 client_token={credentials.client_token};access_token={credentials.access_token};"
        f"timestamp={stamp};nonce={nonce};"
    )
    parts = [
        request.method,
        request.protocol,
        request.host,
        request.target,
        canonical_headers(request.headers, credentials.headers_to_sign),
        content_hash(request.method, request.body, credentials.max_body),
        unsigned,
    ]
    signature = _hmac("\t".join(parts), signing_key(credentials.client_secret, stamp))
    return f"{unsigned}signature={signature}"


def signing_key(client_secret: str, stamp: str) -> str:
    """The secret is taken as text, although it looks like Base64."""
    return _hmac(stamp, client_secret)


def content_hash(method: str, body: bytes, max_body: int) -> str:
    """Of the first bytes of a POST; everything else has none."""
    if method != "POST" or not body:
        return ""
    return base64.b64encode(hashlib.sha256(body[:max_body]).digest()).decode("ascii")


def canonical_headers(headers: t.Mapping[str, str], names: t.Iterable[str]) -> str:
    known = [name.lower() for name in names]
    return "\t".join(f"{name}:{_BLANKS.sub(' ', headers[name].strip())}" for name in known if name in headers)


def _hmac(message: str, key: str) -> str:
    digest = hmac.new(key.encode("utf-8"), message.encode("utf-8"), hashlib.sha256).digest()
    return base64.b64encode(digest).decode("ascii")
