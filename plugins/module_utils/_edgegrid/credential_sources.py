# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the credentials: four options, else the environment, else a section of ``.edgerc``. No error shows one."""

from __future__ import annotations

import os
import re
import stat
import typing as t

from .._model.errors import BadOptions
from .api_settings import ApiSettings
from .credentials import LARGEST_HASHED_BODY, SHORTEST, Credentials
from .edgerc import Section, host_of, sections_of

USUAL_FILE = "~/.edgerc"
USUAL_SECTION = "default"
_NAMES = ("host", "client_token", "access_token", "client_secret")
_LARGEST_FILE = 1_048_576  # bytes
_OPTION = {"host": "api_host"}
_SECRET = re.compile(r"AKAMAI_(?:\w+_)?(?:CLIENT_SECRET|CLIENT_TOKEN|ACCESS_TOKEN)\Z")
_NO_LETTER = re.compile(r"[^A-Z0-9_]")


class FoundCredentials(t.NamedTuple):
    """The credentials, where they came from, and what the user should know of that."""

    credentials: Credentials
    source: str
    notes: list[str]


def find_credentials(settings: ApiSettings, environment: t.Mapping[str, str]) -> FoundCredentials:
    """The credentials of a task.

    Args:
        environment: that of the process; ``AKAMAI_<SECTION>_HOST`` and so on count before ``AKAMAI_HOST``.

    Raises:
        BadOptions: there are none, or not all of them, or they cannot be right. It says what to set.
    """
    options = {name: getattr(settings, _OPTION.get(name, name)) for name in _NAMES}
    if any(value is not None for value in options.values()):
        return FoundCredentials(_made(settings, _complete_options(options)), "options", [])
    section = settings.section or USUAL_SECTION
    for prefix in dict.fromkeys((f"AKAMAI_{_NO_LETTER.sub('_', section.upper())}_", "AKAMAI_")):
        values = {name: environment.get(prefix + name.upper(), "") for name in _NAMES}
        if any(values.values()):
            _refuse_gaps(values, prefix)
            more = {name: environment.get(prefix + name.upper(), "") for name in ("account_key", "max_body")}
            return FoundCredentials(_made(settings, {**values, **more}), f"environment ({prefix}…)", [])
    return _from_file(settings, section)


def secrets_in(environment: t.Mapping[str, str]) -> list[str]:
    """What an environment has of secrets and tokens, whether a task uses them or not."""
    return [value for name, value in environment.items() if _SECRET.match(name) and len(value) >= SHORTEST]


def _complete_options(options: t.Mapping[str, t.Optional[str]]) -> Section:
    missing = [_OPTION.get(name, name) for name, value in options.items() if not value]
    if missing:
        hint = "Set all four, or none of them: then the environment or edgerc has them."
        raise BadOptions(f"Of the credentials {', '.join(missing)} {_is(missing)} missing", hint=hint)
    return {name: value or "" for name, value in options.items()}


def _refuse_gaps(values: t.Mapping[str, str], prefix: str) -> None:
    missing = [prefix + name.upper() for name, value in values.items() if not value]
    if missing:
        hint = "Set them where the module runs, or unset the others: then edgerc is read."
        raise BadOptions(f"Of the credentials in the environment {', '.join(missing)} {_is(missing)} missing", hint=hint)


def _from_file(settings: ApiSettings, section: str) -> FoundCredentials:
    path = os.path.expanduser(settings.edgerc or USUAL_FILE)
    text, notes = _read(path, settings.edgerc is not None)
    sections = sections_of(text, path)
    values = sections.get(section)
    if values is None:
        known = ", ".join(sorted(sections)) or "none"
        raise BadOptions(f"{path} has no section {section!r}", hint=f"Set section to one of those that it has: {known}.")
    missing = [name for name in _NAMES if not values.get(name)]
    if missing:
        hint = "Copy them from Control Center, or set another section."
        raise BadOptions(f"Section {section!r} of {path} has no {', '.join(missing)}", hint=hint)
    return FoundCredentials(_made(settings, values), f"{path} [{section}]", notes)


def _read(path: str, is_named: bool) -> tuple[str, list[str]]:
    try:
        with open(path, "rb") as file:
            mode, content = os.fstat(file.fileno()).st_mode, file.read(_LARGEST_FILE + 1)
    except FileNotFoundError:
        if is_named:
            hint = "It is read on the machine where the module runs."
            raise BadOptions(f"edgerc: {path} does not exist", hint=hint) from None
        raise BadOptions(
            f"There are no credentials: no options, no environment, and no {path}",
            hint="Set api_host, client_token, access_token and client_secret, or AKAMAI_HOST, AKAMAI_CLIENT_TOKEN, "
            "AKAMAI_ACCESS_TOKEN and AKAMAI_CLIENT_SECRET where the module runs, or edgerc.",
        ) from None
    except OSError as error:
        raise BadOptions(f"edgerc: {path} cannot be read: {error.strerror}") from None
    if len(content) > _LARGEST_FILE:
        raise BadOptions(f"edgerc: {path} is larger than a file of credentials can be")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise BadOptions(f"edgerc: {path} is not text in UTF-8") from None
    wide = stat.S_IMODE(mode) & 0o077
    note = f"{path} can be used by other users of the machine (mode {stat.S_IMODE(mode):04o}). Set its mode to 0600."
    return text, [note] if wide else []


def _made(settings: ApiSettings, values: Section) -> Credentials:
    max_body = values.get("max_body") or str(LARGEST_HASHED_BODY)
    if not (max_body.isdecimal() and max_body.isascii() and 0 < int(max_body[:20]) <= 2**31):
        raise BadOptions("max_body of the credentials is not a number of bytes", hint="Leave it out; 131072 is usual.")
    signed = [name.strip() for name in values.get("headers_to_sign", "").split(",")]
    return Credentials(
        host=host_of(values["host"]),
        client_token=values["client_token"],
        access_token=values["access_token"],
        client_secret=values["client_secret"],
        account_switch_key=settings.account_switch_key or values.get("account_key") or None,
        max_body=int(max_body),
        headers_to_sign=tuple(name for name in signed if name and name.lower() != "none"),
    )


def _is(names: t.Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
