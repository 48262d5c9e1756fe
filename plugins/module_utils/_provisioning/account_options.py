# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of ns_upload_account; see ``options.py``."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._config.cp_codes import UNMADE
from .._edgegrid.api_settings import ApiSettings
from .._model.errors import BadOptions
from .._model.surrogates import refuse_halves
from .options import refuse_bad_ids, refuse_bad_waits

_ACCOUNT = re.compile(r"[a-z0-9_:-]+\Z")
_PERSON = ("first_name", "last_name", "email", "country_code", "area_code", "number")
_PINS = ("primary_sf_pin", "secondary_sf_pin")


def refuse_bad_account(name: str) -> None:
    """Raises BadOptions for what cannot be the id of an upload account."""
    if _ACCOUNT.match(name) is None:
        hint = "It has small letters, digits, underscores, hyphens and colons."
        raise BadOptions(f"upload_account_id: {name!r} cannot be one", hint=hint)


@dataclasses.dataclass(frozen=True)
class UploadAccountOptions:
    """ns_upload_account. The constructor raises BadOptions.

    storage_group, storage_group_id  set once
    enabled            None leaves an account on or off; a new one is on
    cp_codes           exactly these, each with the directories that it is restricted to
    directory_limit    the account sees nothing above it
    login_directory    where SSH and FTP begin
    enable_http_api    set once; later an HTTP API key decides
    rule_set           by its name
    technical_contact  a person, or somebody whom Akamai knows
    key_in_use         the HTTP API key that the play deploys with
    allow_interruption  change the account although the play deploys with it
    """

    api: ApiSettings
    upload_account_id: str
    state: t.Literal["present", "absent"] = "present"
    enabled: t.Optional[bool] = None
    storage_group: t.Optional[str] = None
    storage_group_id: t.Optional[int] = None
    email: t.Optional[str] = None
    read_only: t.Optional[bool] = None
    cp_codes: t.Optional[t.Sequence[dict]] = None  # type: ignore[type-arg]  # the spec is made of it
    directory_limit: t.Optional[str] = None
    login_directory: t.Optional[str] = None
    enable_http_api: t.Optional[bool] = None
    enable_file_manager: t.Optional[bool] = None
    enable_aspera: t.Optional[bool] = None
    zip_auto_index: t.Optional[bool] = None
    rule_set: t.Optional[str] = None
    technical_contact: t.Optional[dict] = None  # type: ignore[type-arg]
    key_in_use: t.Optional[str] = dataclasses.field(default=None, repr=False)
    allow_interruption: bool = False
    wait: bool = False
    wait_timeout: float = 10_800.0
    wait_interval: float = 120.0

    def __post_init__(self) -> None:
        refuse_halves({**vars(self.api), **vars(self)})
        refuse_bad_waits(self.wait_timeout, self.wait_interval)
        refuse_bad_account(self.upload_account_id)
        refuse_bad_ids(storage_group_id=self.storage_group_id)
        if self.email is not None and "@" not in self.email:
            raise BadOptions(f"email: {self.email!r} is no address")
        self._refuse_bad_directories()
        self._refuse_half_contact()

    def _refuse_bad_directories(self) -> None:
        numbers = [row["cp_code"] for row in self.cp_codes or ()]
        for number in numbers:
            refuse_bad_ids(cp_code=number if number != UNMADE else None)
        twice = sorted({one for one in numbers if numbers.count(one) > 1})
        if twice:
            raise BadOptions(f"cp_codes: {', '.join(map(str, twice))} is there twice")
        for row in self.cp_codes or ():
            for directory in row.get("directories") or ():
                refuse_bad_path("directories", directory, f"/{row['cp_code']}")
        for name in ("directory_limit", "login_directory"):
            if getattr(self, name):
                refuse_bad_path(name, getattr(self, name))

    def _refuse_half_contact(self) -> None:
        if self.technical_contact is None:
            return
        given = {name for name, value in self.technical_contact.items() if value}
        person, pins = given.intersection(_PERSON), given.intersection(_PINS)
        missing = [name for name in (*_PERSON[:3], _PERSON[5]) if name not in given]
        if person and (pins or missing):
            what = "the pins of somebody else" if pins else f"no {', '.join(missing)}"
            raise BadOptions(f"technical_contact: a person, and {what}", hint="Give a person in full, or the pins.")
        if not person and "primary_sf_pin" not in given:
            raise BadOptions("technical_contact names nobody", hint="Give a person in full, or primary_sf_pin.")


def refuse_bad_path(option: str, path: str, root: str = "") -> None:
    """Raises BadOptions."""
    first, *parts = path.split("/")
    if first or not parts or not re.match(r"[0-9]+\Z", parts[0]):
        raise BadOptions(f"{option}: {path!r} does not begin with a CP code", hint="Write it like /123456/site.")
    if any(part in ("", ".", "..") for part in parts):
        raise BadOptions(f"{option}: {path!r} has an empty part, a . or a .. in it", hint="Write it like /123456/site.")
    if root and not f"{path}/".startswith(f"{root}/"):
        raise BadOptions(f"{option}: {path!r} is not below {root}", hint=f"Begin it with {root}.")
