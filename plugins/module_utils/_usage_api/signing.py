# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The two headers that prove who asks (docs/usage-api.md#authentication).

Pure: clock and nonce are passed in. The signature covers the request target and the action header byte for byte as they
go out, so whatever is signed here must not be rewritten by any layer below.
"""

from __future__ import annotations

import binascii
import functools
import hashlib
import hmac
import typing as t

DATA_HEADER = "X-Akamai-ACS-Auth-Data"
SIGN_HEADER = "X-Akamai-ACS-Auth-Sign"

# Machines in FIPS mode refuse MD5 unless told that nothing depends on it; versions 3 and 4 are for old servers.
_DIGESTS: dict[int, t.Any] = {
    3: functools.partial(hashlib.md5, usedforsecurity=False),
    4: functools.partial(hashlib.sha1, usedforsecurity=False),
}


def sign(key: str, account: str, target: str, action_header: str, version: int, now: int, nonce: str) -> dict[str, str]:
    """The authentication headers of one request.

    target         the request target as sent (origin form, percent-encoded)
    action_header  the value of ``X-Akamai-ACS-Action``
    version        3, 4 or 5: HMAC with MD5, SHA-1 or SHA-256
    now            seconds since the epoch; the service allows a minute of difference
    nonce          unique among the account's requests of one second
    """
    auth_data = f"{version}, 0.0.0.0, 0.0.0.0, {now}, {nonce}, {account}"
    return {DATA_HEADER: auth_data, SIGN_HEADER: signature(key, auth_data, target, action_header, version)}


def signature(key: str, auth_data: str, target: str, action_header: str, version: int) -> str:
    """The base64 HMAC over the data header's value, the target and the action."""
    signed = f"{auth_data}{target}\nx-akamai-acs-action:{action_header}\n".encode("ascii")
    if version == 5:
        digest = hmac.digest(key.encode("utf-8"), signed, "sha256")  # in one step, and twice as fast
    else:
        digest = hmac.new(key.encode("utf-8"), signed, _DIGESTS[version]).digest()
    return binascii.b2a_base64(digest, newline=False).decode("ascii")
