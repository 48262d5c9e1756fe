# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which tests run on every ansible-core, and which areas of Ansible they must cover there, in which ways of running.

The whole suite runs on the newest ansible-core. The others differ from it where the collection touches Ansible itself, so
tests of those areas carry the marker ``every_core``. tests/unit/toolchain/test_cores.py holds that each area has some.
"""

from __future__ import annotations

import typing as t

import pytest

IN_PROCESS, MODULE = "here", "module"
"""A task in its own process on the controller, and by a module in another one. A parameter ``way`` has these values."""

BOTH = (IN_PROCESS, MODULE)
AREAS: dict[str, tuple[str, ...]] = {
    "async": (MODULE,),
    "connections": (MODULE,),
    "display": BOTH,
    "filters": (),
    "in process": (IN_PROCESS,),
    "lookups": (),
    "masking": BOTH,
    "module_defaults": BOTH,
    "progress": BOTH,
    "roles": BOTH,
    "signals": BOTH,
    "templating": BOTH,
    "vault": BOTH,
    "warnings": BOTH,
}
"""The ways in which an area is to be covered. Lookups and filters run in neither."""


def every_core(*areas: str, ways: t.Sequence[str] = BOTH) -> pytest.MarkDecorator:
    """The marker of a test that covers these areas, in these ways; in one where it has a parameter ``way``."""
    return pytest.mark.every_core(*areas, ways=tuple(ways))
