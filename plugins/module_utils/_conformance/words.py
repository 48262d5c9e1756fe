# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replies in words: what was seen of a request, comparable and without any name of the account. Pure.

Names are those of the scene alone, times are the one that was set or another one. Of a text that the service sends only words are
told that texts of the service are known to have (docs/usage-api.md#responses), since it may name hosts, accounts and paths.
"""

from __future__ import annotations

import io
import re
import zipfile

from .._model.entries import Kind
from .._usage_api.xml_parser import Row
from .scenes import Earlier, Reply

FIRST, SECOND = b"first", b"another"
"""The contents of files. They differ in size, since a service may list no digests."""
TIME = 1_500_000_000
"""The mtime that is set."""

DONE, NOTHING = "done", "nothing"
FILE, OTHER_FILE = f"file of {len(FIRST)} bytes", f"file of {len(SECOND)} bytes"
LINK, DIRECTORY, IMPLICIT = "symlink", "directory", "implicit directory"
TIME_SET = ", with the time that was set"


def _archive() -> bytes:
    """A zip archive with one small file, without a comment: its last two bytes say so."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a"), FIRST)
    return buffer.getvalue()


ARCHIVE = _archive()

_ETAG = re.compile(r'"[0-9a-f]{32}(:[0-9]+(\.[0-9]+)?)?"\Z')
_KNOWN = frozenset(
    re.findall(
        r"\S+",
        """
        a access action allowed available bad component conflict delete deleted denied destination directory duplicate
        empty enabled error exists existing failed file forbidden found has header identical illegal improper in
        internal invalid is link list match md5 method missing mismatch mtime name no not of on or parameter path
        permission precondition processing quick quick-delete refused renamed replay request root scheduled server
        sha1 sha256 signature size source stored successful symlink target the this to trailing unauthorized unknown
        unsupported url_to_vn used verification verify was wrong
        """,
    )
)
_WORD = re.compile(r"[^\s:.,;/'\"()]+")
_LONGEST = 100  # characters of a text


def status_of(reply: Reply) -> str:
    """What a change came to: done, or the status that refuses it."""
    return DONE if reply.is_done else str(reply.status)


def changed(reply: Reply, _place: bytes, _earlier: Earlier) -> str:
    """As ``status_of``."""
    return status_of(reply)


def raw_status(reply: Reply, _place: bytes, _earlier: Earlier) -> str:
    """The status as it is."""
    return str(reply.status)


def read_status(reply: Reply, _place: bytes, _earlier: Earlier) -> str:
    """Whether a read was answered, that there is nothing, or the status."""
    return {200: "answered", 404: NOTHING}.get(reply.status, str(reply.status))


def text_of(body: bytes) -> str:
    """The text of a response as far as it may be told; empty where there is none."""
    text = " ".join(body.decode("latin-1").split())
    if not text:
        return ""
    words = [word.lower() for word in _WORD.findall(text)]
    if words and len(text) <= _LONGEST and _KNOWN.issuperset(words):
        return text
    return f"another text, {len(body)} bytes"


def kind_of(row: Row) -> str:
    """What a row describes."""
    if row.kind is Kind.FILE:
        return f"file of {row.size} bytes"
    if row.kind is Kind.SYMLINK:
        return LINK
    return IMPLICIT if row.implicit else DIRECTORY


def stood(reply: Reply, _place: bytes, _earlier: Earlier) -> str:
    """What ``stat`` sees at a path."""
    if reply.status != 200:
        return read_status(reply, b"", {})
    return " and ".join(sorted(map(kind_of, reply.rows))) or "no row"


def stood_timed(reply: Reply, place: bytes, earlier: Earlier) -> str:
    """The same, and whether the time is the one that was set."""
    is_set = bool(reply.rows) and all(row.mtime == TIME for row in reply.rows)
    return stood(reply, place, earlier) + (TIME_SET if is_set else "")


def link_target(reply: Reply, place: bytes, earlier: Earlier) -> str:
    """The same, and where a symlink leads: one of the targets of a scene, or something else."""
    found = [row.target for row in reply.rows if row.kind is Kind.SYMLINK]
    if len(found) != 1:
        return stood(reply, place, earlier)
    return link_to(found[0].decode("ascii") if found[0] in (b"one", b"two") else "something else")


def link_to(target: str) -> str:
    return f"{LINK} to {target}"


SAME_TIME, LATER_TIME = "with the same time", "with a later time"


def kept_time(reply: Reply, place: bytes, earlier: Earlier) -> str:
    """What stands at a path, and whether its time is still that of the reply ``before``."""
    before = [row.mtime for row in earlier["before"].rows]
    now = [row.mtime for row in reply.rows]
    if len(before) != 1 or len(now) != 1 or before[0] is None or now[0] is None:
        return f"{stood(reply, place, earlier)}, without a time"
    changed_time = SAME_TIME if before == now else LATER_TIME if now[0] > before[0] else "with an earlier time"
    return f"{stood(reply, place, earlier)} {changed_time}"


def children(reply: Reply, place: bytes, earlier: Earlier) -> str:
    """The rows of ``dir``: names and kinds, in the order of these."""
    if reply.status != 200:
        return read_status(reply, place, earlier)
    return ", ".join(sorted(f"{_inside(row.name.rstrip(b'/'))} {_short(row)}" for row in reply.rows)) or "no rows"


def listed(reply: Reply, place: bytes, earlier: Earlier) -> str:
    """The names of ``list``, in their order, below the directory of the scene."""
    if reply.status != 200:
        return read_status(reply, place, earlier)
    start = place[1:] + b"/"
    names = [_inside(row.name[len(start) :]) if row.name.startswith(start) else "(outside)" for row in reply.rows]
    return " ".join(names) or "no rows"


def _inside(name: bytes) -> str:
    """A name out of the scene; what is none of its names may be anything, and is not told."""
    return name.decode("ascii") if re.fullmatch(rb"[a-z0-9./-]{0,12}", name) else "(another name)"


def _short(row: Row) -> str:
    return {Kind.FILE: "file", Kind.SYMLINK: LINK, Kind.DIRECTORY: IMPLICIT if row.implicit else DIRECTORY}[row.kind]


def implicit_time(reply: Reply, place: bytes, earlier: Earlier) -> str:
    """The time that ``dir`` shows for the implicit directory ``i``, in which there is one file with a time that was set."""
    found = [row.mtime for row in reply.rows if row.implicit and row.name.rstrip(b"/") == b"i"]
    if len(found) != 1:
        return f"no implicit directory: {children(reply, place, earlier)}"
    return "no time" if found[0] is None else "the time of the file in it" if found[0] == TIME else "another time"


def digests(reply: Reply, place: bytes, earlier: Earlier) -> str:
    """Whether the rows of files have an MD5."""
    found = {row.md5 is not None for row in reply.rows if row.kind is Kind.FILE}
    if not found:
        return "no files" if reply.status == 200 else read_status(reply, place, earlier)
    return "an MD5" if found == {True} else "no MD5" if found == {False} else "an MD5 for some"


def marker(reply: Reply, place: bytes, earlier: Earlier) -> str:
    """How ``dir`` names the row at which the next page begins."""
    if reply.status != 200 or reply.resume is None:
        return "no marker" if reply.status == 200 else read_status(reply, place, earlier)
    if b"/" not in reply.resume.rstrip(b"/"):
        return "the name"
    return "the path" if (b"/" + reply.resume.lstrip(b"/")).startswith(place + b"/") else "another marker"


def gone_on(reply: Reply, place: bytes, earlier: Earlier) -> str:
    """Whether a page goes on where the one before ended."""
    before = earlier["a page of list"]
    if reply.status != 200 or not reply.rows:
        return read_status(reply, place, earlier)
    if reply.rows[0].name in {row.name for row in before.rows}:
        return "it begins anew"
    return "it goes on" if before.resume is not None and reply.rows[0].name == before.resume.lstrip(b"/") else "it is elsewhere"


def tag(reply: Reply, place: bytes, earlier: Earlier) -> str:
    """The form of the ETag of a download."""
    if reply.status != 200:
        return read_status(reply, place, earlier)
    if reply.etag is None:
        return "no ETag"
    found = _ETAG.match(reply.etag)
    if found is None:
        return "another ETag"
    return "the MD5" + ("" if found[1] is None else " and the time" if found[2] is None else ", the time and a fraction")


TARGET = "the content of the target"


def downloaded(reply: Reply, place: bytes, earlier: Earlier) -> str:
    """What a download through a symlink gives."""
    if reply.status != 200:
        return read_status(reply, place, earlier)
    return TARGET if reply.body == FIRST else "other content"


def zipped(reply: Reply, place: bytes, earlier: Earlier) -> str:
    """What has become of ARCHIVE."""
    body = reply.body
    if reply.status != 200:
        return read_status(reply, place, earlier)
    if body == ARCHIVE:
        return "as it was sent"
    if body.startswith(ARCHIVE):
        return "something behind it"
    start, size = len(ARCHIVE), len(body) - len(ARCHIVE)
    has_comment = body.startswith(ARCHIVE[:-2]) and size > 0 and int.from_bytes(body[start - 2 : start], "little") == size
    return "a comment in it" if has_comment else "something else"


def root_row(reply: Reply, place: bytes, earlier: Earlier) -> str:
    """The row of the root of a CP code."""
    if reply.status != 200 or len(reply.rows) != 1:
        return stood(reply, place, earlier)
    row = reply.rows[0]
    name = row.name.strip(b"/")
    named = "no name" if not name else "the name of the CP code" if name == place.split(b"/")[1] else "another name"
    return f"{kind_of(row)} with {named}"
