# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Conditional requests (RFC 9110, 13): by entity tag, or by date where there is no condition by tag."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from ..objects import StoredObject
from ..reply import Reply

Fields = Mapping[bytes, bytes]
FAILED = Reply(412, b"Precondition failed\n")


def must_not_be_sent(asked: Fields, entry: StoredObject, etag: bytes) -> int:
    """The status in place of a download: 412, 304, or 0 for none. Tags win over dates (RFC 9110, 13.2.2)."""
    if _is_another(asked, entry, etag):
        return 412
    if b"if-none-match" in asked:
        return 304 if among(etag, asked[b"if-none-match"]) else 0
    return 304 if b"if-modified-since" in asked and is_newer(entry, asked[b"if-modified-since"]) is False else 0


def must_not_be_replaced(asked: Fields, entry: StoredObject | None, etag: bytes) -> bool:
    """Whether what stands at the path, or that nothing does, forbids an upload (RFC 9110, 13.1.1, 13.1.2, 13.1.4)."""
    if entry is None:
        return b"if-match" in asked
    return _is_another(asked, entry, etag) or (b"if-none-match" in asked and among(etag, asked[b"if-none-match"]))


def _is_another(asked: Fields, entry: StoredObject, etag: bytes) -> bool:
    """Whether the object is not the one that ``If-Match``, or else ``If-Unmodified-Since``, is about."""
    if b"if-match" in asked:
        return not among(etag, asked[b"if-match"])
    return b"if-unmodified-since" in asked and is_newer(entry, asked[b"if-unmodified-since"]) is True


def among(etag: bytes, listed: bytes) -> bool:
    """Whether the tag is in a list of tags; without a tag nothing but ``*`` fits."""
    return any(tag.strip().removeprefix(b"W/") in (etag or b"*", b"*") for tag in listed.split(b","))


def is_newer(entry: StoredObject, date: bytes) -> bool | None:
    """Whether the object is newer than a date; None if that is no date."""
    try:
        return entry.mtime > parsedate_to_datetime(date.decode("latin-1")).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):  # what is no date fails in all of these ways
        return None
