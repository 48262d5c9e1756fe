# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup ns_content: the text of some files."""

from __future__ import annotations

import functools
import hashlib

from .._model.entries import Entry, Kind
from .._model.errors import BadOptions, BadReply, NetStorageError, NotFound
from .._model.paths import cp_code, reached, shown
from .._tasks.content_checks import with_md5
from .._tasks.location import config_of, place_of
from .._tasks.options import ContentOptions
from .._threads.cancellation import Cancellation
from .._threads.worker_pool import concurrent_map
from .._usage_api.client import Client
from .base import AT_A_TIME, Answer, asking

_HOPS = 8  # symlinks in a row


class NotAFile(NetStorageError):
    """The path names no file: a directory, or a loop of links."""

    code = "not_a_file"


class TooLarge(NetStorageError):
    """The file is larger than ``max_size``; nothing of it was downloaded."""

    code = "too_large"


class NotText(NetStorageError):
    """The content is not in the encoding that was named."""

    code = "not_text"


def texts(options: ContentOptions, cancellation: Cancellation) -> Answer:
    """The ``texts`` of the files, in the order of the paths; None for one that does not exist."""
    places = [place_of(options.common, path) for path in options.path]
    if not places:
        return Answer({"texts": []})
    try:
        "".encode(options.encoding, options.undecodable)
    except LookupError as error:
        raise BadOptions(f"encoding: {error}", hint="Set encoding to one that Python knows, such as utf-8 or latin-1.") from error
    with asking(config_of(options.common, AT_A_TIME, *places), cancellation) as client:
        read = functools.partial(_text, client, options)
        found = concurrent_map(read, [place.path for place in places], AT_A_TIME, cancellation)
        return Answer({"texts": found}, list(client.notes))


def _text(client: Client, options: ContentOptions, path: bytes) -> str | None:
    content = _content(client, path, options.max_size)
    if content is None:
        return None
    try:
        return content.decode(options.encoding, options.undecodable)
    except UnicodeDecodeError as error:
        raise NotText(
            f"{shown(path)} is not {options.encoding} (at byte {error.start})",
            path=path,
            hint="Is it text? Set encoding to its encoding, or set undecodable: replace.",
        ) from error


def _content(client: Client, path: bytes, max_size: int) -> bytes | None:
    """The download must match stat: another client may replace the file in between, but not at every try."""
    for _turn in range(3):
        found = _file_at(client, path)
        if found is None:
            return None
        end, file = found
        if (file.size or 0) > max_size:
            raise TooLarge(
                f"{shown(path)} has {file.size} bytes, more than max_size ({max_size})",
                path=path,
                hint="Raise max_size, or fetch the file with ns_fetch.",
            )
        try:
            content = client.download(end, max_size + 1)
            md5 = with_md5(client, end, file).md5
        except NotFound:
            continue
        if len(content) == file.size and md5 in (None, hashlib.md5(content, usedforsecurity=False).hexdigest()):
            return content
    raise BadReply(f"The content of {shown(path)} does not match what stat says of it", path=path, action="download")


def _file_at(client: Client, path: bytes) -> tuple[bytes, Entry] | None:
    """The file, and its own path at the end of links. They are followed here: it is not known whether a download follows them."""
    end = path
    for _hop in range(_HOPS):
        row = next(iter(client.stat(end)), None)
        if row is None:
            return None
        if row.kind is Kind.FILE:
            return end, row
        if row.kind is Kind.DIRECTORY:
            raise NotAFile(f"{shown(end)} is a directory", path=path, hint="Name a file; ns_find lists directories.")
        end = reached(end, row.target or b"")
        if cp_code(end) is None:
            return None
    raise NotAFile(f"{shown(path)} leads from link to link, {_HOPS} times", path=path, hint="Do they lead to themselves?")
