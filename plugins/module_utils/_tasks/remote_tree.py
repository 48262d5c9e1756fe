# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The present state: stat of paths and their ancestors, and the remote tree as a stream. Unknown is never taken for absent."""

from __future__ import annotations

import typing as t

from .._model.entries import Entry, Found, Kind
from .._model.errors import AuthRefused, ListingIncomplete, NotFound
from .._model.paths import is_cp_code_root, join
from .._threads.waiting import until_done
from .._threads.worker_pool import WorkerPool
from .._usage_api.client import Client
from .._usage_api.tree_listing import ListRefused

if t.TYPE_CHECKING:
    from concurrent.futures import Future

_AT_ONCE = 8  # stats, of as many directories one above the other
_LONGEST = 8_192  # bytes of the path of a directory that is walked; file systems take half of it

Stats = t.Mapping[bytes, t.Optional[Found]]


def look_at(client: Client, paths: t.Sequence[bytes], ancestors: t.Sequence[bytes]) -> Stats:
    """What ``stat`` says of the paths and of each directory above them, with concurrent requests.

    None for a directory *above* a path that the account may not see (403); for the paths themselves 403 is an error.
    """
    above = [ancestor for ancestor in ancestors if ancestor not in paths]
    with WorkerPool(min(_AT_ONCE, len(paths) + len(above))) as pool:
        asked: dict[bytes, Future[t.Any]] = {path: pool.submit(client.stat, path) for path in paths}
        asked.update((ancestor, pool.submit(_stat_above, client, ancestor)) for ancestor in above)
        until_done(asked.values())
    return {place: answer.result() for place, answer in asked.items()}


def _stat_above(client: Client, path: bytes) -> Found | None:
    try:
        return client.stat(path)
    except AuthRefused:
        return None


def tree_of(client: Client, path: bytes, directory: Entry, ordered: bool) -> t.Iterator[Entry]:
    """Everything below a directory that stat has seen, in key order, names relative to it.

    By the recursive ``list``; by a walk with ``dir`` only if the response to the first ``list`` is 400, 405 or 501.
    """
    try:
        entries = iter(client.listing(path, ordered=ordered))
        first = next(entries, None)
    except ListRefused:
        walked = _walked(client, path)
        yield from walked if ordered else sorted(walked, key=lambda entry: entry.key)
        return
    except NotFound:
        _confirm_empty(client, path, directory)
        return
    if first is None:
        if directory.implicit and not is_cp_code_root(path):
            _confirm_empty(client, path, directory)
        return
    if ordered:
        yield first
        yield from entries
    else:
        # This server sorts directory by directory: the march needs the order of whole keys.
        yield from sorted([first, *entries], key=lambda entry: entry.key)


def _walked(client: Client, path: bytes) -> t.Iterator[Entry]:
    """Depth first, the children of each directory by their keys: that is the order of whole keys."""
    stack = [(b"", iter(_children(client, path)))]
    while stack:
        prefix, children = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            continue
        name = prefix + child.name
        yield child._replace(name=name)
        if child.kind is Kind.DIRECTORY:
            below = join(path, name)
            if len(below) > _LONGEST:  # with a service that lists each directory in itself, the walk would never end
                raise ListingIncomplete(f"It has directories with paths of more than {_LONGEST} bytes", path=path, action="dir")
            stack.append((name + b"/", iter(_children(client, below))))


def _children(client: Client, path: bytes) -> list[Entry]:
    try:
        return sorted(client.children(path), key=lambda child: child.key)
    except NotFound as error:
        raise ListingIncomplete("A directory vanished while it was listed", path=path, action="dir") from error


def _confirm_empty(client: Client, path: bytes, directory: Entry) -> None:
    """``list`` returned 404 for a directory that exists: right for a CP code without objects, else ``dir`` must agree."""
    try:
        child = next(iter(client.children(path)), None)
    except NotFound:
        if directory.implicit and not is_cp_code_root(path):
            raise ListingIncomplete("stat sees a directory, list and dir do not", path=path, action="list") from None
        return
    if child is not None or (directory.implicit and not is_cp_code_root(path)):
        raise ListingIncomplete(
            "list says that there is nothing, and dir or stat sees something",
            path=path,
            action="list",
            hint="Nothing was changed. Run the task again; replicas may not agree yet.",
        )
