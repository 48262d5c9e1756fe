# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""quick-delete: a directory and everything below it, refused unless it was enabled (td:post-quick-delete).

Without its confirmation the answer is empty and nothing happens (seen by elx, 2022).
"""

from __future__ import annotations

from ..call import Call
from ..keys import directory_key
from ..objects import Kind
from ..reply import DIRECTORY_NOT_FOUND, Reply, forbidden


def run(call: Call) -> Reply:
    setting = call.knobs.quick_delete
    if setting == "off":
        return forbidden("quick-delete is off")
    if call.params.get(b"quick-delete") != b"imreallyreallysure":
        return call.done(b"")
    key = directory_key(call.key)
    own = call.present(key)
    if (own is None or own.kind != Kind.DIRECTORY) and not call.store.index.has_below(key):
        return DIRECTORY_NOT_FOUND
    if setting == "now":
        call.store.remove_tree(key)
    else:
        call.store.plan_quick_delete(key, float(setting))
        call.service.later(float(setting) + 0.01)
    return call.done(b"quick-delete scheduled\n")
