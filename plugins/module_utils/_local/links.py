# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the target of a local symlink becomes on the service."""

from __future__ import annotations

import os

from .._model.errors import BadSource
from .._model.paths import is_within, join, reached, shown

# Stands for root; no target can name it, so ../x never leads back in by chance.
_TOP = b"/\0"
_HINT = "Use links: follow to send what it points to, or links: skip to leave it out."


def stored_target(root: bytes, name: bytes, target: bytes) -> bytes:
    """The target to store for the link ``name`` below ``root``: relative ones verbatim, absolute ones made relative.

    Raises BadSource for a link that leads outside ``root``: its target is not deployed with it.
    """
    if not target:
        raise BadSource(f"The link {shown(name)} is empty", hint=_HINT)
    if not target.startswith(b"/"):
        if not is_within(reached(join(_TOP, name), target), _TOP):
            raise _leads_outside(name, target)
        return target
    for top in (root, os.path.realpath(root)):
        inside = os.path.normpath(target)
        if is_within(inside, top.rstrip(b"/")):
            return os.path.relpath(inside, os.path.join(top, os.path.dirname(name)))
    raise _leads_outside(name, target)


def _leads_outside(name: bytes, target: bytes) -> BadSource:
    return BadSource(f"The link {shown(name)} -> {shown(target)} leads outside src", hint=_HINT)
