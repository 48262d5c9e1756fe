# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A profile in a file: what somebody found out about a service, as settings of knobs.

``{"knobs": {"rename_existing": 409}, "not_known": {"replay": "why"}, "about": "a text"}``. Only ``knobs`` must be there; a knob
that it does not name keeps its default, and the two other members are for people.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from .knobs import PROFILES, Knobs

MEMBERS = ("knobs", "not_known", "about")
LARGEST = 65_536


class BadProfile(ValueError):
    """A profile that cannot be read; the text names the file and what is wrong in it."""


def settings_of(profile: str) -> Mapping[str, object]:
    """The settings of a profile of this emulator, by its name, or of one in a file; raises BadProfile."""
    named = PROFILES.get(profile)
    return named if named is not None else _read(profile)


def _read(path: str) -> Mapping[str, object]:
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise BadProfile(f"profile {path} has more than {LARGEST} bytes")
        return described(json.loads(data))
    except OSError as error:
        names = ", ".join(PROFILES)
        raise BadProfile(f"profile {path} is none of {names}, and cannot be read as a file: {error.strerror}") from error
    except BadProfile:
        raise
    except (ValueError, RecursionError) as error:  # UnknownSetting too
        raise BadProfile(f"profile {path}: {error}") from error


def described(profile: object) -> Mapping[str, object]:
    """The settings of a profile, all of them checked."""
    if not isinstance(profile, Mapping):
        raise ValueError("a profile is an object")
    for name in profile:
        if name not in MEMBERS:
            raise ValueError(f"{name!r} is no member of a profile; there are {', '.join(MEMBERS)}")
    settings = profile.get("knobs")
    if not isinstance(settings, Mapping):
        raise ValueError("the knobs of a profile are an object of names and settings")
    Knobs().change(settings)
    return settings
