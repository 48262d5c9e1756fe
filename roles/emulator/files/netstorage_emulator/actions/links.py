# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""symlink: the path is the link, ``target`` what it points to; stored verbatim and never checked (docs/usage-api.md#symlink)."""

from __future__ import annotations

import time

from ..call import Call
from ..objects import Kind, StoredObject
from ..reply import Reply, bad_request, forbidden


def run(call: Call) -> Reply:
    target = call.params.get(b"target")
    if not target:
        return bad_request("no target")
    mtime = call.number(b"mtime")
    if call.location.is_root:
        return forbidden("symlink onto the root of a CP code")
    present = call.present(call.key)
    if present is not None and present.kind == Kind.DIRECTORY:
        return Reply(409, b"A directory has this name\n")
    if present is not None and call.knobs.symlink_existing == 409:
        return Reply(409, b"Name exists\n")
    call.store.put(StoredObject(call.key, Kind.SYMLINK, None, None, int(time.time()) if mtime is None else mtime,
                                target, None, call.store.stamp()))
    return call.done(b"successful\n")
