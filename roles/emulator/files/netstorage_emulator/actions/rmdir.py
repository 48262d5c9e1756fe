# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""rmdir: remove an explicit, empty directory (GUID-20154333, texts seen by elx in 2022)."""

from __future__ import annotations

from ..call import Call
from ..keys import directory_key
from ..objects import Kind
from ..reply import DIRECTORY_NOT_FOUND, Reply


def run(call: Call) -> Reply:
    key = directory_key(call.key)
    own = call.present(key)
    explicit = own is not None and own.kind == Kind.DIRECTORY
    if call.store.index.has_below(key) or (explicit and call.store.just_lost_a_child(key)):
        return Reply(call.knobs.rmdir_nonempty, b"Directory not empty\n")
    if own is None or not explicit:
        return DIRECTORY_NOT_FOUND
    call.store.remove(own)
    return call.done(b"deleted\n")
