# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_find: entries below a path. Streaming: what is not returned is counted and forgotten."""

from __future__ import annotations

import dataclasses
import itertools
import time
import typing as t

from .._model.entries import Entry, Kind
from .._model.errors import BadOptions, LinkInTheWay, ListingDisorder, ListingIncomplete, NotADirectory, NotFound
from .._model.find_criteria import Criteria
from .._model.paths import is_cp_code_root, join, shown
from .._plan.facts import all_facts_of
from .._plan.march import with_implicit
from .._plan.outcome import LISTED
from .._tasks.location import Place, config_of, place_of
from .._tasks.options import FindOptions
from .._tasks.remote_tree import tree_of
from .._threads.cancellation import Cancellation
from .._usage_api.client import Client
from .base import Answer, asking


@dataclasses.dataclass
class Tally:
    """Sums of all that matched, and as much of it as is returned.

    stopped  the limit was reached, and nothing after it was looked at
    """

    kept: list[Entry] = dataclasses.field(default_factory=list)
    examined: int = 0
    matched: int = 0
    files: int = 0
    bytes: int = 0
    stopped: bool = False

    def count(self, entry: Entry, most: int) -> None:
        self.matched += 1
        self.files += entry.kind is Kind.FILE
        self.bytes += entry.size or 0
        if len(self.kept) < most:
            self.kept.append(entry)


def find(options: FindOptions, cancellation: Cancellation, clock: t.Callable[[], float] = time.time) -> Answer:
    """``clock``: seconds since the epoch, from which ages count. A listing that breaks off is an error, never a short one.

    Raises BadOptions before the first packet, LinkInTheWay and NotADirectory where the path is no directory.
    """
    search = _Search(options, clock())
    with asking(config_of(options.common, 4, search.place), cancellation) as client:
        try:
            tally: Tally | None = search.tally(client, ordered=True)
        except ListingDisorder:
            tally = search.tally(client, ordered=False)
        answer = Answer(search.told(tally), list(client.notes))
        answer.values.update(account=options.common.account, host=search.place.host, api_calls=client.api_calls)
    answer.notes += search.notes(tally)
    return answer


class _Search:
    def __init__(self, options: FindOptions, now: float) -> None:
        for name, number in (("depth", options.depth), ("limit", options.limit)):
            if number is not None and number < 1:
                raise BadOptions(f"{name} is {number}, which is less than 1")
        self.place: Place = place_of(options.common, options.path, is_directory=True)
        self._depth = options.depth if options.recurse else 1
        self._limit = options.limit
        self._most = options.limit or LISTED
        self._criteria = Criteria(
            options.patterns, options.excludes, options.use_regex, options.file_type, options.size, options.age, now
        )

    def tally(self, client: Client, ordered: bool) -> Tally | None:
        """None where nothing stands at the path."""
        entries = self._children(client) if self._depth == 1 else self._tree(client, ordered)
        if entries is None:
            return None
        tally = Tally()
        for entry in entries:
            if self._depth is not None and entry.name.count(b"/") >= self._depth:
                continue
            tally.examined += 1
            if not self._criteria.take(entry):
                continue
            tally.count(entry, self._most)
            if tally.matched == self._limit:
                tally.stopped = True
                break
        return tally

    def told(self, tally: Tally | None) -> dict[str, t.Any]:
        found = tally or Tally()
        return {
            "path": shown(self.place.path),
            "exists": tally is not None,
            "entries": [self._entry(entry) for entry in sorted(found.kept, key=lambda entry: entry.key)],
            "matched": found.matched,
            "examined": found.examined,
            "files": found.files,
            "bytes": found.bytes,
            "truncated": found.stopped or found.matched > len(found.kept),
            "unmatched_patterns": self._criteria.pattern_usage.unmatched(),
        }

    def notes(self, tally: Tally | None) -> list[str]:
        """Warnings: the path does not exist, not all matches are returned, or a pattern matched nothing but nearly."""
        notes = self._criteria.pattern_usage.notes()
        if tally is None:
            notes.append(f"{shown(self.place.path)} does not exist, so nothing was found")
        elif self._limit is None and tally.matched > len(tally.kept):
            limit = "Set limit to get more or fewer"
            notes.append(f"{tally.matched} entries match, and {len(tally.kept)} of them are returned. {limit}")
        return notes

    def _entry(self, entry: Entry) -> dict[str, t.Any]:
        path = join(self.place.path, entry.name)
        return {"path": shown(path), "name": shown(entry.name), **all_facts_of(entry)}

    def _tree(self, client: Client, ordered: bool) -> t.Iterator[Entry] | None:
        directory = self._directory(client)
        if directory is None:
            return None
        return with_implicit(tree_of(client, self.place.path, directory, ordered))

    def _children(self, client: Client) -> t.Iterator[Entry] | None:
        """One request, or one for each page. If nothing is listed, ``stat`` decides between empty and absent."""
        path = self.place.path
        children, gone = client.children(path), False
        try:
            first = next(children, None)
        except NotFound:
            first, gone = None, True
        if first is not None:
            return itertools.chain([first], children)
        directory = self._directory(client)
        if directory is None:
            return None
        if (gone or directory.implicit) and not is_cp_code_root(path):
            raise ListingIncomplete("stat sees a directory, and dir sees nothing", path=path, action="dir")
        return iter(())

    def _directory(self, client: Client) -> Entry | None:
        """None for nothing. Anything but a directory is an error and not an empty result."""
        path = self.place.path
        found = client.stat(path)
        if found and found.directory is None:
            if found.link is not None:
                raise LinkInTheWay(
                    f"{shown(path)} is a symlink to {shown(found.link.target or b'')}, and a listing does not follow links",
                    path=path,
                    hint="Name the directory that it points to.",
                )
            raise NotADirectory(f"{shown(path)} is a file", path=path, hint="ns_info shows a single file.")
        return found.directory
