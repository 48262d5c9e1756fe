# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``<file …/>`` rows; the order of the attributes is the one seen on the wire, which differs by action."""

from __future__ import annotations

from ..objects import Kind, StoredObject, Totals
from ..xml import attribute


def in_stat(entry: StoredObject, name: bytes, encoding: bytes) -> bytes:
    """stat: ``type name mtime size md5``; a symlink is shown itself, not followed."""
    named = attribute(b"name", name, encoding)
    if entry.kind == Kind.FILE:
        return b'<file type="file"%b mtime="%d" size="%d"%b/>' % (named, entry.mtime, entry.size or 0, _md5(entry))
    if entry.kind == Kind.DIRECTORY:
        return b'<file type="dir"%b mtime="%d"/>' % (named, entry.mtime)
    return _symlink(entry, named, encoding)


def implicit_in_stat(name: bytes, encoding: bytes) -> bytes:
    """An implicit directory has no mtime in stat (OAS stat.yaml)."""
    return b'<file type="dir"%b implicit="true"/>' % attribute(b"name", name, encoding)


def in_list(entry: StoredObject, encoding: bytes, mtime_all: bool) -> bytes:
    """list: names are keys; directories and symlinks have mtime and target only with ``mtime_all=yes``."""
    named = attribute(b"name", entry.key, encoding)
    if entry.kind == Kind.FILE:
        return _file(entry, named)
    if not mtime_all:
        return b'<file type="%b"%b/>' % (b"dir" if entry.kind == Kind.DIRECTORY else b"symlink", named)
    if entry.kind == Kind.DIRECTORY:
        return b'<file type="dir"%b mtime="%d"/>' % (named, entry.mtime)
    return _symlink(entry, named, encoding)


def in_dir(entry: StoredObject, name: bytes, encoding: bytes) -> bytes:
    """dir: files and symlinks."""
    named = attribute(b"name", name, encoding)
    return _file(entry, named) if entry.kind == Kind.FILE else _symlink(entry, named, encoding)


def directory_in_dir(name: bytes, totals: Totals, own_mtime: int | None, mtime: int | None, encoding: bytes) -> bytes:
    """dir: ``type name bytes files mtime implicit``; ``files`` counts the directory object too (OAS dir.yaml)."""
    parts = [b'<file type="dir"%b bytes="%d" files="%d"' % (
        attribute(b"name", name, encoding), totals.size, totals.files + (own_mtime is not None))]
    if mtime is not None:
        parts.append(b' mtime="%d"' % mtime)
    if own_mtime is None:
        parts.append(b' implicit="true"')
    parts.append(b"/>")
    return b"".join(parts)


def resume(value: bytes, encoding: bytes) -> bytes:
    return b"<resume%b/>" % attribute(b"start", value, encoding)


def _file(entry: StoredObject, named: bytes) -> bytes:
    return b'<file type="file"%b size="%d"%b mtime="%d"/>' % (named, entry.size or 0, _md5(entry), entry.mtime)


def _md5(entry: StoredObject) -> bytes:
    return b"" if entry.md5 is None else b' md5="%b"' % entry.md5.encode()


def _symlink(entry: StoredObject, named: bytes, encoding: bytes) -> bytes:
    return b'<file type="symlink"%b%b mtime="%d"/>' % (
        named, attribute(b"target", entry.target or b"", encoding), entry.mtime)
