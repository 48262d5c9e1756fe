# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``stat`` and ``du``: what stands at one path, and how much there is below it (docs/usage-api.md#du)."""

from __future__ import annotations

from .._model.entries import Found, Kind
from .._model.errors import BadReply, NotFound
from .._model.paths import SLASH, is_cp_code_root, name_of
from .request import Request, directory_path
from .sender import Sender
from .xml_parser import XML, Row, Usage, reader

_PARAMETERS = (("implicit", "yes"), *XML, ("slash", "both"))  # as rclone sends them


def stat(sender: Sender, path: bytes) -> Found:
    """What stands at ``path``: nothing, a file or symlink, a directory (explicit or implicit), or the first and the last under
    one name, in this order. Entries are named by the path's last component."""
    rows = _rows(sender, path)
    name = name_of(path)
    if path.endswith(SLASH):
        # Sent as it is, this names the file or symlink "x/", and also the directory "x"; the directory "x/" is requested as
        # "x//".
        rows = [row for row in rows if row.kind is not Kind.DIRECTORY]
        rows += [row for row in _rows(sender, directory_path(path)) if row.kind is Kind.DIRECTORY]
    found = [row.entry(name) for row in rows if _is_row_of(row, path, name)]
    if len({one.kind is Kind.DIRECTORY for one in found}) != len(found):
        raise BadReply("The response names two objects where there can be one", path=path, action="stat")
    return Found(sorted(found, key=lambda one: one.kind is Kind.DIRECTORY))


def du(sender: Sender, path: bytes) -> Usage:
    """Objects and bytes below a directory; its own object counts where it is explicit. NotFound where it is none."""
    usage = sender.ask(Request("du", directory_path(path), XML), reader("du")).usage
    if usage is None:
        raise BadReply("The response leaves out how much is there", path=path, action="du")
    return usage


def _rows(sender: Sender, path: bytes) -> list[Row]:
    try:
        return sender.ask(Request("stat", path, _PARAMETERS), reader("stat")).rows
    except NotFound:
        return []


def _is_row_of(row: Row, path: bytes, name: bytes) -> bool:
    """Whether a row is about the path that was asked for, and not about a neighbour."""
    if row.kind is not Kind.DIRECTORY:
        return row.name == name
    if is_cp_code_root(path) and row.name in (b"", SLASH):
        return True  # the row of a CP code root is not known (docs/usage-api.md#unknowns, stat_root)
    return row.name == name + SLASH or (row.name == name and not name.endswith(SLASH))
