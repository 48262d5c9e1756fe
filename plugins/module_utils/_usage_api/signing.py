# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two authentication headers of a request (docs/usage-api.md#authentication).

Pure: clock and nonce are passed in. The signature covers the request target and the action header byte for byte as they
sent, so no lower layer may rewrite them.
"""

from __future__ import annotations

import binascii
import hmac

DATA_HEADER = "X-Akamai-ACS-Auth-Data"
SIGN_HEADER = "X-Akamai-ACS-Auth-Sign"
_VERSION = 5  # HMAC-SHA256; 3 and 4 are MD5 and SHA-1, for old servers


def sign(key: str, account: str, target: str, action_header: str, now: int, nonce: str) -> dict[str, str]:
    """The authentication headers of one request.

    target         the request target as sent (origin form, percent-encoded)
    action_header  the value of ``X-Akamai-ACS-Action``
    now            seconds since the epoch; the service allows a minute of difference
    nonce          unique among the account's requests of one second
    """
    auth_data = f"{_VERSION}, 0.0.0.0, 0.0.0.0, {now}, {nonce}, {account}"
    return {DATA_HEADER: auth_data, SIGN_HEADER: signature(key, auth_data, target, action_header)}


def signature(key: str, auth_data: str, target: str, action_header: str) -> str:
    """The base64 HMAC over the data header's value, the target and the action."""
    signed = f"{auth_data}{target}\nx-akamai-acs-action:{action_header}\n".encode("ascii")
    digest = hmac.digest(key.encode("utf-8"), signed, "sha256")  # one call, twice as fast as an HMAC object
    return binascii.b2a_base64(digest, newline=False).decode("ascii")
