# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""rename: another key for a file or symlink, in the same CP code; size, md5 and mtime are kept (recorded 2019)."""

from __future__ import annotations

from ..call import Call
from ..objects import Kind
from ..reply import Reply, bad_request, forbidden

_NO_SOURCE = Reply(404, b"Source not found\n")


def run(call: Call) -> Reply:
    destination = call.params.get(b"destination")
    if not destination:
        return bad_request("no destination")
    entry = None if call.location.is_root else call.present(call.key)
    if entry is None or entry.kind == Kind.DIRECTORY:
        return _NO_SOURCE
    place = call.service.may_create(destination, call.account)
    if isinstance(place, bytes) or place.cp_code != call.location.cp_code:
        text = place if isinstance(place, bytes) else b"url_to_vn: root not found\n"
        return Reply(400, b"Error processing destination: " + text)
    if not call.account.may_use(place):
        return forbidden("destination not open to the account")
    present = call.present(place.key)
    if present is not None and present.kind == Kind.DIRECTORY:
        return Reply(409, b"A directory has this name\n")
    if present is not None and call.knobs.rename_existing == 409 and place.key != entry.key:
        return Reply(409, b"Destination exists\n")
    call.store.move(entry, place.key)
    return call.done(b"renamed\n")
