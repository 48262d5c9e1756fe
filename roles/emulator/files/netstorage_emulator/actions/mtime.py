# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mtime: set the modification time (text of the 404, with its full stop, seen by elx in 2022).

A directory is named with its final slash; without it, as for an implicit directory, there is nothing to set.
"""

from __future__ import annotations

from ..call import Call
from ..objects import Kind
from ..reply import Reply, bad_request

_MISSING = Reply(404, b"not found.\n")


def run(call: Call) -> Reply:
    mtime = call.number(b"mtime")
    if mtime is None:
        return bad_request("no mtime")
    entry = None if call.location.is_root else call.present(call.key)
    if entry is None or (entry.kind != Kind.FILE and call.knobs.mtime_non_files == 404):
        return _MISSING
    call.store.put(entry._replace(mtime=mtime, changed=call.store.stamp()))
    return call.done(b"successful\n")
