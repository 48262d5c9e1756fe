# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is asking: the signed headers of a request (techdocs "each-call-needs-signature-header-authentication").

``X-Akamai-ACS-Auth-Data: <version>, 0.0.0.0, 0.0.0.0, <epoch>, <unique id>, <account>`` and
``X-Akamai-ACS-Auth-Sign: base64(HMAC(key, auth data + path as sent + "\\nx-akamai-acs-action:" + action + "\\n"))``.
"""

from __future__ import annotations

import binascii
import hmac
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from .accounts import Account
from .knobs import Knobs

ALGORITHMS: Mapping[bytes, str] = {b"3": "md5", b"4": "sha1", b"5": "sha256"}
REMEMBERED_SECONDS = 150


def sign(algorithm: str, key: bytes, data: bytes, target: bytes, action: bytes) -> bytes:
    """The value of X-Akamai-ACS-Auth-Sign; ``target`` is the encoded path exactly as on the request line."""
    message = b"%b%b\nx-akamai-acs-action:%b\n" % (data, target, action)
    return binascii.b2a_base64(hmac.digest(key, message, algorithm), newline=False)


class Refused(Exception):
    """A request that is answered 403; the reason goes to the journal only, never to the client."""


class ReplayMemory:
    """Tokens of the last minutes, in two generations so that forgetting costs nothing."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._young: set[int] = set()
        self._old: set[int] = set()
        self._turned = clock()

    def forget(self) -> None:
        self._young, self._old = set(), set()

    def is_new(self, token: object) -> bool:
        """Whether the token was not seen before; it counts as seen from now on."""
        now = self._clock()
        if now - self._turned > REMEMBERED_SECONDS:
            self._young, self._old = set(), self._young
            self._turned = now
        mark = hash(token)
        if mark in self._young or mark in self._old:
            return False
        self._young.add(mark)
        return True


class Gate:
    """Checks signatures against the accounts, the clock window and the memory of earlier requests."""

    def __init__(self, accounts: list[Account], knobs: Knobs) -> None:
        self._accounts = {account.name: account for account in accounts}
        self._knobs = knobs
        self._signatures = ReplayMemory(time.monotonic)
        self._ids = ReplayMemory(time.monotonic)
        self.provisioned: Callable[[bytes], Sequence[Account] | None] = lambda _name: None
        """The accounts of this name that the Configuration API made, one for each key that works; None if it knows none."""

    def begin_anew(self, accounts: Iterable[Account]) -> None:
        """These accounts, and nobody has asked for anything yet."""
        self._accounts = {account.name: account for account in accounts}
        self._signatures.forget()
        self._ids.forget()

    def accounts(self) -> list[Account]:
        return list(self._accounts.values())

    def limit(self, name: bytes, prefixes: Iterable[str]) -> None:
        """Restrict an account to other sub-directories from now on; raises KeyError and BadLimit."""
        self._accounts[name] = self._accounts[name].limited_to(prefixes)

    def admit(self, path: bytes, action: bytes, data: bytes | None, signature: bytes | None) -> Account:
        """The account that signed this; raises Refused."""
        if data is None or signature is None:
            raise Refused("not signed")
        fields = list(map(bytes.strip, data.split(b",")))
        if len(fields) != 6 or fields[1] != b"0.0.0.0" or fields[2] != b"0.0.0.0" or not fields[4]:
            raise Refused("malformed auth data")
        algorithm = ALGORITHMS.get(fields[0])
        if algorithm is None:
            raise Refused("unknown version of the signature")
        account = self._signing(fields[5], algorithm, (data, path, action), signature)
        self._check_clock(fields[3])
        self._check_replay(fields, signature)
        return account

    def _signing(self, name: bytes, algorithm: str, signed: tuple[bytes, bytes, bytes], signature: bytes) -> Account:
        """The account with the key of a signature."""
        known = self.provisioned(name)
        if known is None:
            known = [self._accounts[name]] if name in self._accounts else None
        if known is None:
            raise Refused("unknown account")
        for account in known:
            if hmac.compare_digest(sign(algorithm, account.key, *signed), signature):
                return account
        raise Refused("wrong signature" if known else "account without a key that works")

    def _check_clock(self, stamp: bytes) -> None:
        if not stamp.isdigit() or len(stamp) > 12:
            raise Refused("malformed time")
        if abs(time.time() + self._knobs.clock_skew - int(stamp)) > self._knobs.clock_window + 1:
            raise Refused("time outside the clock window")

    def _check_replay(self, fields: list[bytes], signature: bytes) -> None:
        """Ids are remembered only while they count: some kits draw them from 0 to 99999, so they collide."""
        new_signature = self._signatures.is_new((fields[5], signature))
        if self._knobs.replay == "identical" and not new_signature:
            raise Refused("signature used before")
        if self._knobs.replay == "time_and_id" and not self._ids.is_new((fields[5], fields[3], fields[4])):
            raise Refused("time and id used before")
