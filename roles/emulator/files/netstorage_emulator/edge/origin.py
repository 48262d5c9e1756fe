# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The origin behind an edge: the file of the store that a host delivers under a target, links followed."""

from __future__ import annotations

from .. import links
from ..keys import decode_path, locate, request_path
from ..knobs import Knobs
from ..objects import Kind, StoredObject
from ..store import Store
from .sites import Site


class BadTarget(ValueError):
    """A request target that is no path."""


def find(store: Store, knobs: Knobs, site: Site, target: bytes) -> StoredObject | None:
    """The file; None where there is none. A link does not lead out of the CP code. Raises BadTarget.

    The replica that edges ask may be behind (knob ``edge_replica_lag``). Unlike the Usage API, delivery follows links in the
    middle of a path in any case: that is what a link to a directory is for.
    """
    path = decode_path(request_path(target))
    if path is None or b"\0" in path:
        raise BadTarget
    key = site.directory + path + (site.index if path.endswith(b"/") else b"")
    location = locate(b"/" + key)
    reader = store.reader(knobs.edge_replica_lag)
    place = None if location is None else links.follow_middle(reader, location)
    entry = None if place is None else reader.get(place.key)
    if entry is not None and entry.kind == Kind.SYMLINK:
        end = links.resolve(reader, entry) if knobs.follow_links == "follow" else None
        entry = end[1] if end is not None else None
    cp_code = site.directory.partition(b"/")[0] + b"/"
    return entry if entry is not None and entry.kind == Kind.FILE and entry.key.startswith(cp_code) else None


def content_of(store: Store, entry: StoredObject) -> bytes:
    """All of it."""
    if entry.body is None:
        return b""
    body, parts, at = store.open_body(entry.body), [], 0
    try:
        while at < (entry.size or 0):
            parts.append(body.read(at, (entry.size or 0) - at))
            at += len(parts[-1])
            if not parts[-1]:
                break
    finally:
        body.close()
    return parts[0] if len(parts) == 1 else b"".join(parts)
