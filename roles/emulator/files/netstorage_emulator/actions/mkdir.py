# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mkdir: make a directory explicit; again on an existing one is fine (recorded 2019), parents stay as they are."""

from __future__ import annotations

import time

from ..call import Call
from ..keys import directory_key
from ..objects import Kind, StoredObject
from ..reply import Reply


def run(call: Call) -> Reply:
    key = directory_key(call.key)
    present = call.present(key)
    if call.location.is_root or (present is not None and present.kind == Kind.DIRECTORY):
        if call.knobs.mkdir_existing == 409:
            return Reply(409, b"Directory exists\n")
        if call.knobs.mkdir_existing == "refresh" and present is not None:
            call.store.put(present._replace(mtime=int(time.time()), changed=call.store.stamp()))
        return call.done(b"successful\n")
    if present is not None:
        return Reply(409, b"A file has this name\n")
    call.store.put(StoredObject(key, Kind.DIRECTORY, None, None, int(time.time()), None, None, call.store.stamp()))
    return call.done(b"successful\n")
