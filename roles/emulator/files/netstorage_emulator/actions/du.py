# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""du: objects and bytes below a directory; its own object counts, an empty explicit one is files 1, bytes 0 (OAS)."""

from __future__ import annotations

from .. import xml
from ..call import Call
from ..keys import directory_key
from ..objects import Kind
from ..reply import DIRECTORY_NOT_FOUND, XML, Reply


def run(call: Call) -> Reply:
    encoding = call.encoding()
    key = directory_key(call.key)
    own = call.store.index.get(key)
    explicit = own is not None and own.kind == Kind.DIRECTORY
    totals = call.store.index.totals(key)
    if not totals.files and not explicit and not call.location.is_root:
        return DIRECTORY_NOT_FOUND
    info = b'<du-info files="%d" bytes="%d"/>' % (totals.files + explicit, totals.size)
    shown = xml.attribute(b"directory", b"/" + key[:-1], encoding)
    return Reply(200, xml.document(b"du", shown, [info], encoding), XML)
