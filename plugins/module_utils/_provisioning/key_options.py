# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of ns_upload_key; see ``options.py``."""

from __future__ import annotations

import dataclasses
import os
import re
import typing as t

from .._config.rotation import MOST_KEYS, Rules
from .._edgegrid.api_settings import ApiSettings
from .._local.whole_file import refuse_place
from .._model.errors import BadOptions
from .._model.surrogates import refuse_halves
from .account_options import refuse_bad_account, refuse_bad_path
from .options import refuse_bad_waits

_SSH = re.compile(r"(ssh-[a-z0-9]+|ecdsa-[a-z0-9-]+) +[A-Za-z0-9+/]+=*( .*)?\Z")
_IDENTITY = re.compile(r"[A-Za-z0-9_.:-]{1,200}\Z")
_HANDED = {"handed": True}


@dataclasses.dataclass(frozen=True)
class UploadKeyOptions:
    """ns_upload_key. The constructor raises BadOptions.

    identity           which key of those that are there
    key                a public SSH key, or a password for FTP or rsync; HTTP API keys are made by the service
    rotate             replace the HTTP API key when it is too old, one step a run
    rotate_older_than  in days
    overlap_hours      how long older keys stay on after a newer one was made
    keep               how many HTTP API keys stay, those that are off included
    key_file           where deploys read their HTTP API key
    key_in_use         the HTTP API key that the play deploys with
    host, protocol, probe_path  where a new key is proved
    no_log             whether Ansible keeps the result of the task to itself
    """

    api: ApiSettings
    upload_account_id: str
    type: t.Literal["g2o", "ssh", "ftp", "rsync"] = "g2o"
    state: t.Literal["present", "absent"] = "present"
    enabled: bool = True
    identity: t.Optional[str] = None
    key: t.Optional[str] = dataclasses.field(default=None, repr=False)
    comments: t.Optional[str] = None
    email_id: t.Optional[str] = None
    update_secret: t.Literal["on_create", "always"] = "on_create"  # noqa: S105  # no password
    rotate: bool = False
    rotate_older_than: float = 90.0
    overlap_hours: float = 24.0
    keep: int = 2
    key_file: t.Optional[str] = None
    key_in_use: t.Optional[str] = dataclasses.field(default=None, repr=False)
    allow_interruption: bool = False
    host: t.Optional[str] = None
    protocol: t.Literal["https", "http"] = "https"
    probe_path: t.Optional[str] = None
    wait: bool = False
    wait_timeout: float = 10_800.0
    wait_interval: float = 120.0
    no_log: bool = dataclasses.field(default=False, metadata=_HANDED)

    def __post_init__(self) -> None:
        refuse_halves({**vars(self.api), **vars(self)})
        refuse_bad_waits(self.wait_timeout, self.wait_interval)
        refuse_bad_account(self.upload_account_id)
        if self.identity is not None and _IDENTITY.match(self.identity) is None:
            raise BadOptions(f"identity: {self.identity!r} cannot be one", hint="ns_config_info lists the keys of accounts.")
        if self.probe_path is not None:
            refuse_bad_path("probe_path", self.probe_path)
        self._refuse_bad_numbers()
        self._refuse_what_does_not_belong()
        self._refuse_bad_key()
        if self.is_managed:
            self._refuse_lost_key()

    @property
    def is_managed(self) -> bool:
        """Whether the task is about all HTTP API keys of an account, and not about one key."""
        return self.type == "g2o" and self.state == "present" and self.identity is None

    @property
    def replaces_password(self) -> bool:
        return self.update_secret == "always"  # noqa: S105  # no password

    @property
    def rules(self) -> Rules:
        return Rules(self.rotate, self.rotate_older_than, self.overlap_hours / 24, self.keep)

    def _refuse_bad_numbers(self) -> None:
        if not 0 < self.rotate_older_than <= 3650:
            raise BadOptions("rotate_older_than is not above 0 and at most 3,650 days")
        if not 0 <= self.overlap_hours <= 8760:
            raise BadOptions("overlap_hours is not between 0 and 8,760 hours (a year)")
        if not 1 <= self.keep <= MOST_KEYS:
            raise BadOptions(f"keep is not between 1 and {MOST_KEYS}", hint="An account has three HTTP API keys at most.")

    def _refuse_what_does_not_belong(self) -> None:
        only_all = "It is about all HTTP API keys of an account: type: g2o, state: present, and no identity."
        for name in ("rotate", "key_file", "probe_path"):
            if getattr(self, name) and not self.is_managed:
                raise BadOptions(f"{name} does not belong to one key", hint=only_all)
        if self.email_id is not None and self.type != "ssh":
            raise BadOptions("email_id belongs to SSH keys")
        if self.type == "g2o" and self.comments is not None:
            raise BadOptions("comments do not belong to HTTP API keys")
        if self.replaces_password and (self.type != "ftp" or self.key is None):
            raise BadOptions(
                "update_secret: always is for a password of FTP, which is then set in each run",
                hint="No request changes a password of rsync: add another one, and remove the old one by its identity.",
            )
        if self.is_managed and not self.enabled:
            raise BadOptions("enabled: false is for one key", hint="Set identity; ns_config_info lists the keys of accounts.")
        if self.state == "absent" and not self.enabled:
            raise BadOptions("enabled: false does not belong to state: absent")

    def _refuse_bad_key(self) -> None:
        if self.type == "g2o":
            if self.key is not None:
                raise BadOptions("key: the service makes HTTP API keys itself", hint="Leave it out; key_file gets the new key.")
            if self.state == "absent" and self.identity is None:
                raise BadOptions("There is no identity", hint="It says which HTTP API key is to go; ns_config_info lists them.")
            return
        if self.key is None:
            if self.identity is None and (self.comments is None or self.type == "ssh"):
                raise BadOptions("There is neither key nor identity", hint="Set one of them.")
        elif self.type == "ssh" and _SSH.match(self.key.strip()) is None:
            hint = "It is one line such as 'ssh-rsa AAAA… name', from a file whose name ends in .pub."
            raise BadOptions("key is no public key of OpenSSH", hint=hint)
        elif self.type != "ssh" and not _is_password(self.key):
            raise BadOptions("key has not 6 to 20 characters with a letter and a digit, and no three equal ones in a row")

    def _refuse_lost_key(self) -> None:
        """The service may have to make a key. Refused in each run, and not only in the one in three months that makes it."""
        if self.key_file is not None:
            refuse_place("key_file", os.fsencode(self.key_file))
        elif not self.no_log:
            hint = "Set key_file; or set no_log: true for the task, then its result has the key."
            raise BadOptions("A new HTTP API key would be lost: there is no key_file, and the result would show it", hint=hint)


def _is_password(text: str) -> bool:
    is_mixed = re.search("[A-Za-z]", text) is not None and re.search("[0-9]", text) is not None
    return 6 <= len(text) <= 20 and is_mixed and re.search(r"(.)\1\1", text) is None
