# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""delete: a file or symlink; with a slash at the end the object of an explicit directory, even if it is not empty.

The contents then stay and the directory is implicit (GUID-6D0F33F4). Implicit directories cannot be deleted.
"""

from __future__ import annotations

from ..call import Call
from ..objects import Kind, StoredObject
from ..reply import Reply

_MISSING = Reply(404, b"not found\n")


def run(call: Call) -> Reply:
    if call.location.is_root:
        return _MISSING
    entry = call.present(call.key)
    if entry is None and call.knobs.delete_dir_noslash == "as_with_slash" and not call.key.endswith(b"/"):
        entry = call.present(call.key + b"/")
        if entry is not None and entry.kind != Kind.DIRECTORY:
            entry = None
    if entry is None:
        return _MISSING
    if entry.kind == Kind.DIRECTORY and _must_stay(call, entry):
        return Reply(409, b"Directory not empty\n")
    call.store.remove(entry)
    return call.done(b"deleted\n")


def _must_stay(call: Call, entry: StoredObject) -> bool:
    return call.knobs.delete_nonempty_dir == 409 and call.store.index.has_below(entry.key)
