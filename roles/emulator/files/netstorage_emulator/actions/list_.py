# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""list: a scan of all keys from the request path on, which does not stop at the end of a directory (OAS list.yaml).

``end`` is inclusive, with or without a leading slash. A page that is cut ends in ``<resume start="/…"/>``, the first
object not yet returned; clients use it as the next request path (rclone) or as the parameter ``start=`` (OAS), and
both work.

When is it 404? With an ``end``, or when going on from a resume: only if nothing at all is left in the range, since the
object to resume at may have been deleted meanwhile. Without an ``end`` also if the path itself does not exist. To tell
the two apart the service remembers the resume values it gave out.
"""

from __future__ import annotations

from collections import OrderedDict

from .. import keys, xml
from ..call import Call
from ..history import Reader
from ..objects import Kind, StoredObject
from ..reply import DIRECTORY_NOT_FOUND, XML, Reply
from . import order, pages, rows
from .pages import Page

REMEMBERED_RESUMES = 10_000


class Resumes:
    """The resume values given out lately."""

    def __init__(self) -> None:
        self._keys: OrderedDict[bytes, None] = OrderedDict()

    def remember(self, key: bytes) -> None:
        self._keys[key] = None
        self._keys.move_to_end(key)
        if len(self._keys) > REMEMBERED_RESUMES:
            self._keys.popitem(last=False)

    def __contains__(self, key: bytes) -> bool:
        return key in self._keys


def run(call: Call) -> Reply:
    if isinstance(call.knobs.list_refused, int):
        return Reply(call.knobs.list_refused, b"list is not available\n", note="list_refused")
    encoding = call.encoding()
    limit = call.knobs.page_of("list", call.number(b"max_entries", 1))
    start, end = _bound(call, b"start"), _bound(call, b"end")
    begin = call.key if start is None else start
    entries = order.page(call, begin, end, None if limit is None else limit + 1)
    resuming = start is not None or call.key in call.service.resumes
    if not entries or not (resuming or _path_is_there(call, bounded=end is not None)):
        return DIRECTORY_NOT_FOUND
    page = _page(call, entries, limit, end, is_first=not resuming)
    if call.service.trails.is_gone(page.listing, begin):
        return DIRECTORY_NOT_FOUND._replace(note="fault: marker gone")
    pages.altered(call, page)
    mtime_all = call.params.get(b"mtime_all") == b"yes"
    found = [rows.in_list(call.listed(entry), encoding, mtime_all) for entry in page.rows]
    if page.resume is not None:
        found.append(rows.resume(b"/" + page.resume, encoding))
        call.service.resumes.remember(page.resume)
    return Reply(200, xml.document(b"list", b"", found, encoding), XML)


def _page(call: Call, entries: list[StoredObject], limit: int | None, end: bytes | None,
          is_first: bool) -> Page[StoredObject]:
    by_directory = call.knobs.list_order == "per_directory"
    return Page(
        listing=(b"list", call.account.name, call.location.cp_code, end or b""), is_first=is_first, rows=entries[:limit],
        resume=entries[limit].key if limit is not None and len(entries) > limit else None,
        outside=b"%d/outside" % (int(call.location.cp_code) + 1) if end is None else end + b"~outside",
        key=lambda entry: entry.key, ghost=lambda entry: pages.ghost(call, entry.key),
        rank=(lambda entry: order.rank(entry.key)) if by_directory else lambda entry: entry.key)


def _bound(call: Call, name: bytes) -> bytes | None:
    value = call.params.get(name)
    if value is None:
        return None
    if call.knobs.path_check_for(call.location.cp_code) == "canonical":
        value = keys.collapse_slashes(value)
    value = value.removeprefix(b"/")
    return value + b"/" if value == call.location.cp_code and name == b"start" else value


def _path_is_there(call: Call, bounded: bool) -> bool:
    """Whether the path names something; the caller has made sure that there is something in the range."""
    if call.location.is_root:
        return True
    reader = call.reader
    directory = keys.directory_key(call.key)
    entry = reader.get(directory)
    if entry is not None and entry.kind == Kind.DIRECTORY and call.knobs.list_empty_explicit == 404:
        return _is_file(reader, call.key) or reader.has_below(directory)
    return bounded or entry is not None or _is_file(reader, call.key) or reader.has_below(directory)


def _is_file(reader: Reader, key: bytes) -> bool:
    entry = reader.get(key)
    return entry is not None and entry.kind != Kind.DIRECTORY
