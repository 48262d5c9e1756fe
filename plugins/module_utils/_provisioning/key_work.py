# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One key of an account, and what it has in common with the work on all its HTTP API keys (``key_rotation.py``)."""

from __future__ import annotations

import abc
import typing as t
from urllib.parse import quote

from .._config import account_guards
from .._config.accounts import account_facts, account_id_of, key_id_of, keys_of
from .._config.differences import HIDDEN, Change, added, removed
from .._config.members import Document
from .._config.secrets import without_secrets
from .._model.errors import BadOptions, GuardTripped, NotFound, Unproved
from .configuration_api import ChangeResponse
from .flow import Run
from .key_options import UploadKeyOptions
from .upload_account import pending_in

WHAT = "upload_key"


class KeyWork(abc.ABC):
    """What there is to do about keys of an account.

    account  as it was seen last
    """

    def __init__(self, options: UploadKeyOptions, account: Document) -> None:
        self.options, self.account = options, account

    @property
    def keys(self) -> list[t.Any]:
        return keys_of(self.account, self.options.type)

    @property
    def own(self) -> str:
        """The path of the keys."""
        return f"/upload-accounts/{quote(self.options.upload_account_id, safe='')}/keys/{self.options.type}"

    @abc.abstractmethod
    def plan(self, run: Run) -> None:
        """As ``Task.plan``."""

    @abc.abstractmethod
    def carry_out(self, run: Run) -> None:
        """The plan, which is not empty."""

    @abc.abstractmethod
    def foreseen(self) -> list[dict[str, t.Any]]:
        """The keys afterwards, for the diff."""

    def tell(self, run: Run) -> None:
        """What is known now, for the result."""
        facts = without_secrets(account_facts(self.account))
        run.outcome.values["account_keys"] = facts.get("keys", {}).get(self.options.type, [])
        run.outcome.pending = pending_in(self.account)

    def again(self, run: Run) -> Document:
        found = run.api.account(self.options.upload_account_id)
        run.outcome.keep_secret(found)
        return found

    def look(self, run: Run, response: ChangeResponse, is_made: t.Callable[[list[t.Any]], bool], what: str) -> None:
        """Look whether a change was made.

        Args:
            is_made: whether the keys are as they are to be.

        Raises:
            NetStorageError: the response was lost, and the keys are as before.
            Unproved: the service has accepted the change, and the keys are as before.
        """
        kind = self.options.type
        self.account = run.confirmed(response, lambda: self.again(run), lambda account: is_made(keys_of(account, kind)))
        self.tell(run)
        if not is_made(self.keys):
            raise Unproved(f"The service has accepted {what} of {account_id_of(self.account)}, and shows its keys as before")

    def switch(self, run: Run, identity: str, is_on: bool) -> None:
        verb = "enable" if is_on else "disable"
        response = run.change(f"{verb}_key", "POST", f"{self.own}/{quote(identity, safe='')}/{verb}")
        self.look(run, response, lambda keys: is_active(named(keys, identity)) is is_on, f"to {verb} the key {identity}")

    def remove(self, run: Run, identity: str) -> None:
        response = run.change("remove_key", "DELETE", f"{self.own}/{quote(identity, safe='')}")
        self.look(run, response, lambda keys: named(keys, identity) is None, f"to remove the key {identity}")

    def refuse_taking(self, run: Run, going: t.Sequence[Document], what: str) -> None:
        """Guards of keys that are to be switched off or removed: what the play deploys with, and what delivery signs with."""
        options = self.options
        if options.type != "g2o" or not going:
            return
        if not options.allow_interruption and any(key.get("key") == options.key_in_use for key in going if options.key_in_use):
            message = f"The play deploys with a key of {options.upload_account_id} that is about to be {what}"
            hint = "Have it use the newest key first (key_file). allow_interruption: true does it all the same."
            raise GuardTripped("in_use", message, hint=hint)
        groups = run.api.groups()
        run.outcome.keep_secret(groups)
        account_guards.refuse_delivery_keys(options.upload_account_id, going, groups, f"a key that is {what}")


class OneKey(KeyWork):
    """A key that is to be there, on or off, or not to be there."""

    def __init__(self, options: UploadKeyOptions, account: Document) -> None:
        super().__init__(options, account)
        self._identity = ""
        self._is_new = self._is_changed = self._is_switched = self._is_removed = False

    def tell(self, run: Run) -> None:
        super().tell(run)
        run.outcome.values["identity"] = self._identity or None

    def plan(self, run: Run) -> None:
        options, key = self.options, self._found()
        path = f"{options.type}[{key_id_of(key) if key is not None else 'new'}]"
        self._identity = "" if key is None else key_id_of(key)
        self.tell(run)
        if options.state == "absent":
            self._is_removed = key is not None
            run.outcome.changes = [removed(WHAT, path, {"is_active": is_active(key)})] if key is not None else []
            if key is not None:
                self._refuse(run, key, "removed")
            return
        if key is None:
            if options.key is None:
                hint = "Set key to add one, or correct identity; ns_config_info lists the keys of accounts."
                raise NotFound(f"{options.upload_account_id} has no such {options.type} key", hint=hint)
            self._is_new = True
            run.outcome.changes = [added(WHAT, path, self._described({"is_active": options.enabled}))]
            return
        run.outcome.changes = self._differences(key, path)
        if self._is_switched and not options.enabled:
            self._refuse(run, key, "switched off")

    def foreseen(self) -> list[dict[str, t.Any]]:
        rows = [row for row in shown_keys(self.keys) if not (self._is_removed and row["identity"] == self._identity)]
        for row in rows:
            if row["identity"] == self._identity:
                row.update(self._described({"is_active": self.options.enabled}))
        return [*rows, self._described({"identity": None, "is_active": self.options.enabled})] if self._is_new else rows

    def carry_out(self, run: Run) -> None:
        if self._is_removed:
            self.remove(run, self._identity)
        if self._is_new or self._is_changed:
            self._put(run)
        if self._is_switched or (self._is_new and not self.options.enabled):
            self.switch(run, self._identity, self.options.enabled)

    def _found(self) -> t.Optional[Document]:
        """By identity, by what an SSH key consists of, by comments, or as the only one. GuardTripped (``ambiguous``)."""
        options, keys = self.options, self.keys
        if options.identity is not None:
            return named(keys, options.identity)
        if options.type == "ssh":
            keys = [key for key in keys if _material(key.get("key")) == _material(options.key)]
        elif options.comments is not None:
            keys = [key for key in keys if key.get("comments") == options.comments]
        if len(keys) > 1:
            told = ", ".join(key_id_of(key) for key in keys)
            hint = "Set identity, or comments that only one of them has."
            raise GuardTripped("ambiguous", f"Several {options.type} keys could be meant: {told}", hint=hint)
        return keys[0] if keys else None

    def _refuse(self, run: Run, key: Document, what: str) -> None:
        options = self.options
        is_allowed = options.allow_interruption and not (options.type == "ssh" and what == "removed" and len(self.keys) == 1)
        if is_active(key) or len(self.keys) == 1:
            account_guards.refuse_last_key(options.upload_account_id, options.type, self.keys, self._identity, is_allowed)
        self.refuse_taking(run, [key], what)

    def _differences(self, key: Document, path: str) -> list[Change]:
        options, found = self.options, []
        if options.type == "ssh":
            for name, wanted in (("comments", options.comments), ("email_id", options.email_id)):
                there = key.get("emailId" if name == "email_id" else name) or ""
                if wanted is not None and there != wanted:
                    if options.key is None:
                        raise BadOptions(f"{name} of an SSH key changes only with the key", hint="Set key as well.")
                    found.append(Change("~", WHAT, f"{path}.{name}", there, wanted))
        if options.replaces_password:
            found.append(Change("~", WHAT, f"{path}.key", HIDDEN, HIDDEN))
        self._is_changed = bool(found)
        self._is_switched = is_active(key) is not options.enabled
        if self._is_switched:
            found.append(Change("~", WHAT, f"{path}.is_active", is_active(key), options.enabled))
        return found

    def _described(self, facts: dict[str, t.Any]) -> dict[str, t.Any]:
        more = {"comments": self.options.comments, "email_id": self.options.email_id}
        return {**facts, **{name: value for name, value in more.items() if value is not None}}

    def _put(self, run: Run) -> None:
        """Add the key, or change it. A changed password of FTP has another identity afterwards."""
        options, before = self.options, self.keys
        given = {"key": options.key, "comments": options.comments, "emailId": options.email_id}
        document = {name: value for name, value in given.items() if value is not None}
        if options.type == "ssh":
            response = run.change("put_key", "PUT", self.own, document, **({"update": "true"} if self._is_changed else {}))
            self.look(run, response, self._is_ssh_as_wanted, "an SSH key")
            self._identity = key_id_of(t.cast(Document, self._ssh_in(self.keys)))
        else:
            path = f"{self.own}/{quote(self._identity, safe='')}" if self._is_changed else self.own
            response = run.change("put_key", "PUT", path, document)
            self.look(run, response, lambda keys: bool(_fresh(keys, before)), f"a password for {options.type}")
            self._identity = key_id_of(_fresh(self.keys, before)[-1])
        self.tell(run)

    def _ssh_in(self, keys: t.Sequence[Document]) -> t.Optional[Document]:
        return next((key for key in keys if _material(key.get("key")) == _material(self.options.key)), None)

    def _is_ssh_as_wanted(self, keys: t.Sequence[Document]) -> bool:
        found, options = self._ssh_in(keys), self.options
        wanted = ((options.comments, "comments"), (options.email_id, "emailId"))
        return found is not None and all(value is None or (found.get(name) or "") == value for value, name in wanted)


def named(keys: t.Sequence[Document], identity: str) -> t.Optional[Document]:
    """The key of that identity."""
    return next((key for key in keys if key_id_of(key) == identity), None)


def is_active(key: t.Optional[Document]) -> t.Optional[bool]:
    """Whether it is switched on, None where there is none."""
    return None if key is None else key.get("isActive") is not False


def shown_keys(keys: t.Sequence[Document]) -> list[dict[str, t.Any]]:
    """Keys in diffs."""
    return [{"identity": key_id_of(key), "is_active": is_active(key)} for key in keys]


def _material(key: object) -> list[str]:
    """What makes an SSH key that key: its algorithm and its Base64, without the comment."""
    return str(key).split()[:2] if key else []


def _fresh(keys: t.Sequence[Document], before: t.Sequence[Document]) -> list[Document]:
    """Keys that were not there before, or have another date than then."""
    known = {(key_id_of(key), key.get("lastModifiedDate")) for key in before}
    return [key for key in keys if (key_id_of(key), key.get("lastModifiedDate")) not in known]
