# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""stat: one name, and with ``slash=both`` the file and the directory of that name (OAS stat.yaml)."""

from __future__ import annotations

from .. import xml
from ..call import Call
from ..history import Reader
from ..keys import directory_key, following_prefix, split_name
from ..objects import Kind
from ..reply import XML, Reply, not_found
from . import rows


def run(call: Call) -> Reply:
    encoding = call.encoding()
    if call.location.is_root:
        return _root(call, encoding)
    reader, key = call.reader, call.key
    directory, name = split_name(key)
    found: list[bytes] = []
    entry = reader.get(key)
    if entry is not None and entry.kind != Kind.DIRECTORY:
        found.append(rows.in_stat(call.listed(entry), name, encoding))
    if not found or call.params.get(b"slash") == b"both":
        found.extend(_directory(call, reader, name, encoding))
    if not found:
        return not_found()
    return Reply(200, xml.document(b"stat", xml.attribute(b"directory", directory, encoding), found, encoding), XML)


def _directory(call: Call, reader: Reader, name: bytes, encoding: bytes) -> list[bytes]:
    """The row of a directory: its name as asked for, always with the slash under ``slash=both``."""
    key = directory_key(call.key)
    shown = name + b"/" if call.params.get(b"slash") == b"both" and not name.endswith(b"/") else name
    first = reader.rows(key, following_prefix(key), 1)
    if not first:
        return []
    if first[0].key == key and first[0].kind == Kind.DIRECTORY:
        return [rows.in_stat(first[0], shown, encoding)]
    if call.params.get(b"implicit") == b"yes" and reader.has_below(key):
        return [rows.implicit_in_stat(shown, encoding)]
    return []


def top(status: int, encoding: bytes) -> Reply:
    """What stands above all CP codes, where the knob ``stat_top`` lets anyone ask for it; nobody has seen its row."""
    if status == 404:
        return not_found()
    row = b'<file type="dir" name="/" mtime="0"/>'
    return Reply(200, xml.document(b"stat", b' directory="/"', [row], encoding), XML)


def _root(call: Call, encoding: bytes) -> Reply:
    """The root of a CP code is always there, also without any object; the shape of its row is a knob."""
    name = b"" if call.knobs.stat_root == "empty_name" else call.location.cp_code
    if name and call.params.get(b"slash") == b"both":
        name += b"/"
    if call.knobs.stat_root != "implicit":
        row = b'<file type="dir"%b mtime="0"/>' % xml.attribute(b"name", name, encoding)
    elif call.params.get(b"implicit") == b"yes":
        row = rows.implicit_in_stat(name, encoding)
    else:
        return not_found()
    return Reply(200, xml.document(b"stat", b' directory="/"', [row], encoding), XML)
