# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What visitors see changed below a symlink that is made, flipped or removed: the difference of its old and its new target.

Both are listed before the change. Links within them are compared by their targets and not followed, as in each other list of
changes. Memory does not grow with the trees.
"""

from __future__ import annotations

import typing as t

from .._model.entries import Entry, Found, Kind, is_same
from .._model.errors import BadReply, LinkInTheWay
from .._model.paths import ancestry, cp_code, is_within, join, reached, shown
from .._plan.march import march
from .._plan.steps import Step
from .._tasks.remote_tree import look_at, tree_of
from .._usage_api.client import Client

_HOPS = 16  # links in a row


class Place(t.NamedTuple):
    """A directory of the service, whose content is seen below the link."""

    path: bytes
    row: Entry


def changes_below(client: Client, step: Step, ordered: bool) -> t.Iterator[bytes]:
    """The files and links below the link of a step that appear, vanish or change for visitors, in key order.

    Without an MD5 on both sides, files of the same size count as different.

    Args:
        ordered: whether listings are trusted to be in key order.

    Raises:
        NetStorageError: a target cannot be looked at or listed (``AuthRefused``, ``ListingIncomplete``, ...).
    """
    beside = client.stat(step.path).directory  # it is what is seen as long as there is no link
    old, new = (_seen(client, step.path, entry, beside) for entry in (step.before, step.after))
    if old is not None and new is not None and old.path == new.path:
        return
    entries = (() if place is None else tree_of(client, place.path, place.row, ordered) for place in (old, new))
    for before, after in march(*entries):
        found = t.cast(Entry, before or after)
        differs = before is None or after is None or not is_same(t.cast(Entry, before), after)
        if differs and found.kind is not Kind.DIRECTORY:
            yield join(step.path, found.name)


def _seen(client: Client, link: bytes, entry: Entry | None, beside: Entry | None) -> Place | None:
    """The directory that is seen below the path of the link when this entry stands there."""
    if entry is not None and entry.kind is Kind.SYMLINK:
        return _end_of(client, link, entry)
    return None if beside is None else Place(link, beside)


def _end_of(client: Client, link: bytes, entry: Entry) -> Place | None:
    """The directory that a link leads to. None where it leads to a file, to nothing, or round in a circle.

    Links on the way are followed, also in the middle of a path. A way that comes back to the link is a circle: what stands there
    now is not what will stand there.
    """
    place, target, rest = link, entry.target, b""
    for _hop in range(_HOPS):
        if target is None:
            raise BadReply(f"The service does not tell where {shown(place)} leads", path=place, action="stat")
        path = reached(place, target) + rest
        if cp_code(path) is None or is_within(path, link):
            return None
        stats = look_at(client, [path], ancestry(path))
        passed = next((one for one in ancestry(path) if (stats[one] or Found()).link is not None), None)
        if passed is None:
            row = (stats[path] or Found()).directory
            return None if row is None else Place(path, row)
        found = stats[passed] or Found()
        if found.directory is not None:
            hint = "It is not known which of them visitors see. Remove one, or leave changed_paths_file out."
            raise LinkInTheWay(f"A symlink and a directory share the name {shown(passed)}", path=passed, hint=hint)
        place, target, rest = passed, t.cast(Entry, found.link).target, path[len(passed) :]
    return None
