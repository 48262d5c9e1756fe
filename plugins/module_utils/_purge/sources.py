# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task purges: a list in the task, or a file of any size that is read line by line. Each object once, in order."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import typing as t
from urllib.parse import unquote_to_bytes

from .._model.errors import BadOptions, SourceChanged
from .._model.paths import basename, is_within, shown
from .delivery import Delivery, delivery_of
from .first_lines import FirstLines
from .list_files import OpenedList, opened_list
from .list_progress import ListProgress
from .objects import Kind, Object, checked_cp_code, checked_tag, checked_url, key_of
from .options import PurgeOptions

_LONGEST_LINE = 65_536  # bytes
_BLOCK = 65_536


class Lines(t.NamedTuple):
    """What a line of a file stands for.

    urls  its URLs, given its number
    most  how many these are at most, found out faster
    """

    urls: t.Callable[[bytes, int], list[str]]
    most: t.Callable[[bytes], int]


@dataclasses.dataclass(frozen=True)
class ToPurge:
    """Objects of one kind.

    count  how many there are
    read   gives them, as often as it is called; raises SourceChanged where a file is no longer what it was
    resumable  how many of them, the first ones, are of lists whose progress can be noted
    note   notes that so many were accepted, in the files that it returns; raises LocalFailed
    """

    kind: Kind
    count: int
    read: t.Callable[[], t.Iterator[Object]]
    resumable: int = 0
    note: t.Callable[[int], list[bytes]] = lambda _accepted: []


@contextlib.contextmanager
def opened(options: PurgeOptions) -> t.Iterator[ToPurge]:
    """What the options say, completely checked.

    Raises:
        BadOptions: an object that cannot be purged, or a changed path that no URL is known of.
        BadSource: the file cannot be read.
    """
    if options.cp_codes is not None:
        yield _listed("cpcode", [checked_cp_code(number) for number in options.cp_codes])
    elif options.cache_tags is not None:
        yield _listed("tag", [checked_tag(text) for text in options.cache_tags])
    elif options.urls is not None:
        yield _listed("url", [checked_url(text, f"urls, element {number}") for number, text in enumerate(options.urls, 1)])
    else:
        with _opened_file(options) as file:
            yield file


def _listed(kind: Kind, given: t.Sequence[Object]) -> ToPurge:
    firsts: dict[str, Object] = {}
    for one in given:
        firsts.setdefault(key_of(one), one)
    objects = list(firsts.values())
    return ToPurge(kind, len(objects), lambda: iter(objects))


@contextlib.contextmanager
def _opened_file(options: PurgeOptions) -> t.Iterator[ToPurge]:
    name = "urls_file" if options.urls_file is not None else "changed_paths_file"
    path: str = getattr(options, name)
    meaning = _plain_urls(name)
    if name == "changed_paths_file":
        meaning = _urls_of_paths(delivery_of(options.url or "", options.base or "", options.index), options.outside == "skip")
    progress = ListProgress(options)
    with opened_list(path, name, progress) as opened_lines:
        lines = _FileOfLines(opened_lines, path, meaning)
        if options.stop_after is not None and not os.path.isdir(path):
            raise BadOptions(f"stop_after: {path} is not a directory of lists", hint="Only of those it is noted what was purged.")
        yield ToPurge("url", lines.count(), lines.objects, lines.resumable(), lambda accepted: lines.note(accepted, progress))


class _FileOfLines:
    """It stays open, so a file that takes its place meanwhile is not seen."""

    def __init__(self, opened_lines: OpenedList, path: str, meaning: Lines) -> None:
        self._descriptor, self._parts = opened_lines
        self._path, self._meaning = path, meaning
        self._state = self._stamp()
        self._firsts = FirstLines(0, self._has_key)

    def count(self) -> int:
        """Of the objects. Checks all of them."""
        self._firsts = FirstLines(sum(self._meaning.most(line) for _offset, _number, line in self._lines()), self._has_key)
        return sum(1 for _object in self.objects())

    def objects(self) -> t.Iterator[Object]:
        """Those that no line before has."""
        return (url for _offset, url in self._found())

    def resumable(self) -> int:
        """How many of the objects come before the first list that has no progress."""
        end = next((part.begin for part in self._parts if not part.is_resumable), None)
        if not self._parts or end == 0:
            return 0
        return sum(1 for offset, _url in self._found() if end is None or offset < end)

    def note(self, accepted: int, progress: ListProgress) -> list[bytes]:
        """Notes the lines of which all objects are among the first ``accepted``."""
        reached = next((offset for number, (offset, _url) in enumerate(self._found()) if number == accepted), None)
        if reached is None:
            reached = os.fstat(self._descriptor).st_size
        ends = [*(part.begin for part in self._parts[1:]), reached]
        return [
            progress.note(part.path, part.skipped + self._count_lines(part.begin, min(end, reached)))
            for part, end in zip(self._parts, ends)
            if part.is_resumable and part.begin < reached
        ]

    def _found(self) -> t.Iterator[tuple[int, str]]:
        firsts = self._firsts
        for offset, number, line in self._lines():
            urls = self._meaning.urls(line, number)
            for key, url in {key_of(url): url for url in urls}.items():
                if firsts.first(key, offset, len(urls) == 1) == offset:
                    yield offset, url

    def _count_lines(self, begin: int, end: int) -> int:
        places = range(begin, end, _BLOCK)
        return sum(os.pread(self._descriptor, min(_BLOCK, end - place), place).count(b"\n") for place in places)

    def _lines(self) -> t.Iterator[tuple[int, int, bytes]]:
        """Offset, number and content of each line that is not empty. Several iterators do not disturb each other."""
        number, offset, rest, place = 0, 0, b"", 0
        while True:
            block = os.pread(self._descriptor, _BLOCK, place)
            place += len(block)
            *lines, rest = (rest + block).split(b"\n")
            if not block and rest:
                lines, rest = [rest], b""
            for line in lines:
                number += 1
                self._refuse_long(line, number)
                if line.rstrip(b"\r"):
                    yield offset, number, line.rstrip(b"\r")
                offset += len(line) + 1
            self._refuse_long(rest, number + 1)
            if not block:
                break
        if self._stamp() != self._state:
            raise SourceChanged(f"{self._path} was changed while it was read", hint="Run the task again when it is complete.")

    def _refuse_long(self, line: bytes, number: int) -> None:
        if len(line) > _LONGEST_LINE:
            raise BadOptions(f"{self._path}, line {number} is longer than {_LONGEST_LINE} bytes", hint="Is it such a list?")

    def _has_key(self, offset: int, key: str) -> bool:
        return any(key_of(url) == key for url in self._meaning.urls(self._line_at(offset), 0))

    def _line_at(self, offset: int) -> bytes:
        content = os.pread(self._descriptor, 512, offset)
        if b"\n" not in content:
            content = os.pread(self._descriptor, _LONGEST_LINE + 1, offset)
        return content.partition(b"\n")[0].rstrip(b"\r")

    def _stamp(self) -> tuple[int, int]:
        found = os.fstat(self._descriptor)
        return found.st_size, found.st_mtime_ns


def _plain_urls(name: str) -> Lines:
    def urls(line: bytes, number: int) -> list[str]:
        return [checked_url(line.decode("utf-8", "replace"), f"{name}, line {number}")]

    return Lines(urls, lambda _line: 1)


def _urls_of_paths(delivery: Delivery, skip: bool) -> Lines:
    def urls(line: bytes, number: int) -> list[str]:
        path = unquote_to_bytes(line)
        _refuse_path(path, number)
        if not is_within(path, delivery.base):
            if skip:
                return []
            hint = "Correct base, or set outside: skip if another host name delivers it."
            raise BadOptions(f"Not below {shown(delivery.base)} (line {number})", path=path, hint=hint)
        return [checked_url(url, f"changed_paths_file, line {number}") for url in delivery.urls(path)]

    return Lines(urls, lambda line: 1 + (basename(unquote_to_bytes(line)) in delivery.indices))


def _refuse_path(path: bytes, number: int) -> None:
    if not path.startswith(b"/"):
        hint = "Is it a list of URLs? Use urls_file."
        raise BadOptions(f"changed_paths_file, line {number} is not an absolute path", hint=hint)
    if path.endswith(b"/"):
        hint = "Purge by CP code or cache tag, which takes all that was below it."
        raise BadOptions(f"Everything below {shown(path)} was deleted, and the list does not name it", path=path, hint=hint)
