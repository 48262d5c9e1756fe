# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of an ``.edgerc`` file: sections with the credentials of API clients. Errors show no line of it."""

from __future__ import annotations

import configparser
import typing as t

from .._model.errors import BadOptions

Section = t.Mapping[str, str]


def sections_of(text: str, where: str) -> dict[str, Section]:
    """All sections, with names of entries in lower case and ``-`` as ``_``, and values without quotes.

    Args:
        where: the file, for messages.

    Raises:
        BadOptions: it is not such a file. The message has the number of the line and nothing of what stands there.
    """
    parser = configparser.RawConfigParser(default_section="\0", strict=True)  # [DEFAULT] is a section like others
    setattr(parser, "optionxform", lambda name: name.strip().lower().replace("-", "_"))  # noqa: B010  # as mypy wants it
    try:
        parser.read_string(text.lstrip("\ufeff"))
    except configparser.DuplicateSectionError as error:
        raise BadOptions(f"{where} has a section twice, in line {error.lineno}", hint="Remove one of them.") from None
    except configparser.DuplicateOptionError as error:
        raise BadOptions(f"{where} has an entry twice, in line {error.lineno}", hint="Remove one of them.") from None
    except configparser.ParsingError as error:  # MissingSectionHeaderError too
        lines = [number for number, _line in getattr(error, "errors", [])] or [getattr(error, "lineno", 0)]
        hint = "It has lines such as [default] and client_token = …, as Control Center shows them."
        raise BadOptions(f"{where} cannot be read: line {lines[0]} is not understood", hint=hint) from None
    return {name: {key: _plain(value) for key, value in parser.items(name)} for name in parser.sections()}


def host_of(value: str) -> str:
    """What people write for a host, as a name: without ``https://`` and the slash behind it."""
    text = _plain(value)
    for scheme in ("https://", "http://"):
        if text.lower().startswith(scheme):
            text = text[len(scheme) :]
    return text.rstrip("/")


def _plain(value: str) -> str:
    text = value.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1].strip()
    return text
