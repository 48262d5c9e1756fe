# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The keys of upload accounts: HTTP API keys (``g2o``), SSH keys, FTP and rsync passwords."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from typing import Any

from ...reply import Reply
from ..requests.problems import Flaw, invalid, not_accessible, refused
from ..requests.request import Request, answered, done
from .account_documents import key_of
from .contract import Contract, Key, Modified, UploadAccount

MOST_G2O_KEYS = 3
_CHANGES: Mapping[str, str] = {"g2o": "G2O", "ssh": "SSH_KEY", "ftp": "FTP", "rsync": "RSYNC"}
_SSH_ALGORITHMS = re.compile(r"ssh-(rsa|dss|ed25519)|ecdsa-sha2-nistp(256|384|521)")


def new_key(contract: Contract, modified: Modified, secret: str | None, entry: Mapping[str, Any] | None = None) -> Key:
    """A key, made up if there is no ``secret``."""
    entry = entry or {}
    return Key(contract.next_key(), secret or secrets.token_urlsafe(36), modified, True, entry.get("comments", ""),
               entry.get("emailId", ""))


def checked_secret(kind: str, secret: str) -> str:
    if kind == "ssh":
        parts = secret.split()
        if len(parts) < 2 or not _SSH_ALGORITHMS.fullmatch(parts[0]) or not _is_base64(parts[1]):
            raise invalid(Flaw("key", None, "is no public key of OpenSSH"))
    elif kind in ("ftp", "rsync") and not is_password(secret):
        raise invalid(Flaw("key", None, "has 6 to 20 characters with a letter and a digit, and no three equal ones in a row"))
    elif not secret:
        raise invalid(Flaw("key", None, "is empty"))
    return secret


def is_password(text: str) -> bool:
    is_long_enough = 6 <= len(text) <= 20
    return is_long_enough and bool(re.search("[A-Za-z]", text) and re.search("[0-9]", text)) and not re.search(r"(.)\1\1", text)


def _is_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return False


class Keys:
    """The operations on the keys of an account."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def g2o_added(self, request: Request, name: str) -> Reply:
        """The server makes the key and tells it."""
        account, setting = self._account_for_new(request, name), request.knobs.g2o_put_key
        chosen = request.document("g2o_key").get("key") if request.body.strip() else None
        if chosen is not None and setting == 400:
            raise refused("key", None, "is chosen by the server")
        keys = account.keys["g2o"]
        if len(keys) >= MOST_G2O_KEYS:
            if request.knobs.fourth_key == 400:
                raise refused("keys", None, f"are {MOST_G2O_KEYS} already")
            del keys[0]
        key = new_key(self._contract, self._contract.modified(request.user), chosen if setting == "taken" else None)
        keys.append(key)
        account.note("G2O", "ROTATED" if len(keys) > 1 else "ADDED", key.modified)
        entry = key_of(request.knobs, "g2o", name, key) if request.knobs.g2o_put_answer == "entry" else {"key": key.secret}
        return answered(entry)

    def ssh_added(self, request: Request, name: str) -> Reply:
        account = self._account_for_new(request, name)
        document = request.document("ssh_key")
        secret, modified = checked_secret("ssh", document["key"]), self._contract.modified(request.user)
        same = [key for key in account.keys["ssh"] if key.secret.split()[:2] == secret.split()[:2]]
        if same and not request.flag("update"):
            raise refused("key", None, "is there already")
        if same:
            same[0].modified = modified
            same[0].comments, same[0].email = document.get("comments", ""), document.get("emailId", "")
        else:
            account.keys["ssh"].append(new_key(self._contract, modified, secret, document))
        account.note("SSH_KEY", "UPDATED" if same else "ADDED", modified)
        return done(request.knobs)

    def password_added(self, request: Request, name: str, kind: str) -> Reply:
        account = self._account_for_new(request, name)
        document = request.document("password")
        modified = self._contract.modified(request.user)
        account.keys[kind].append(new_key(self._contract, modified, checked_secret(kind, document["key"]), document))
        account.note(_CHANGES[kind], "ADDED", modified)
        return done(request.knobs)

    def ftp_changed(self, request: Request, name: str, number: str) -> Reply:
        """The key has another identity then."""
        account, key = self._key(request, name, "ftp", number)
        document = request.document("password")
        modified = self._contract.modified(request.user)
        secret = checked_secret("ftp", document["key"])
        changed = new_key(self._contract, modified, secret, {"comments": key.comments, **document})
        keys = account.keys["ftp"]
        keys[keys.index(key)] = changed
        account.note("FTP", "UPDATED", modified)
        return done(request.knobs)

    def ftp_extended(self, request: Request, name: str, number: str) -> Reply:
        account, key = self._key(request, name, "ftp", number)
        key.modified = self._contract.modified(request.user)
        account.note("FTP", "UPDATED", key.modified)
        return answered({"message": "The password was extended by 120 days."})

    def removed(self, request: Request, name: str, kind: str, number: str) -> Reply:
        account, key = self._key(request, name, kind, number)
        keeps_last = request.knobs.last_key == "all" or (request.knobs.last_key == "ssh" and kind == "ssh")
        if keeps_last and len(account.keys[kind]) == 1:
            raise refused("identity", number, "is the last key of its type")
        account.keys[kind].remove(key)
        account.note(_CHANGES[kind], "DELETED", self._contract.modified(request.user))
        return done(request.knobs)

    def all_rsync_removed(self, request: Request, name: str) -> Reply:
        account = self._contract.account(name)
        if request.knobs.last_key == "all" and account.keys["rsync"]:
            raise refused("identity", None, "is the last key of its type")
        account.keys["rsync"].clear()
        account.note("RSYNC", "DELETED", self._contract.modified(request.user))
        return done(request.knobs)

    def switched(self, request: Request, name: str, kind: str, number: str, word: str) -> Reply:
        """What it says of itself changes at once, and its effect with the propagation."""
        account, key = self._key(request, name, kind, number)
        is_active = word == "enable"
        if key.is_active != is_active:
            key.is_active, key.modified = is_active, self._contract.modified(request.user)
            account.note(_CHANGES[kind], "ENABLED" if is_active else "DISABLED", key.modified)
        return done(request.knobs)

    def _account_for_new(self, request: Request, name: str) -> UploadAccount:
        """The account that is to get a key."""
        account = self._contract.account(name)
        if request.knobs.add_while_pending == 400 and self._contract.is_pending(account.modified):
            raise refused("uploadAccountId", name, "has not propagated")
        return account

    def _key(self, request: Request, name: str, kind: str, number: str) -> tuple[UploadAccount, Key]:
        account = self._contract.account(name)
        for key in account.keys[kind]:
            if str(key.number) == number:
                return account, key
        raise not_accessible("identity", number, "the key", request.knobs.unknown_id)
