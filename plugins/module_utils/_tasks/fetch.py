# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_fetch: what is on the service is wanted in a local directory."""

from __future__ import annotations

import errno
import functools
import os
import typing as t

from .._local.file_content import md5_of
from .._model.entries import Entry, Found, Kind, Withheld
from .._model.errors import BadOptions, GuardTripped, LinkInTheWay, NotFound
from .._model.filters import Filter, taking_part
from .._model.paths import basename, encoded, join, shown
from .._model.pattern_syntax import Places
from .._plan.compare import Answer, Question
from .._plan.march import Pair, march, with_implicit
from .._plan.names import FileSystem, storable
from .._plan.outcome import Outcome
from .._plan.policy import GuardRules, Policy
from .._plan.steps import Plan, StepKind, Why
from .._usage_api.client import Client
from .._usage_api.xml_parser import Usage
from . import content_checks
from .base import Comparison, Task
from .download_sink import DownloadSink
from .location import check_parallel, limit_of, place_of, read_patterns, report_unmatched, usage_of
from .options import FetchOptions
from .remote_tree import tree_of


class _Listed(t.NamedTuple):
    """Totals of a listing, to compare with ``du``. Whether ``du`` counts bytes of links is not known."""

    objects: int
    bytes: int
    links: int

    def fits(self, usage: Usage) -> bool:
        return self.objects == usage.files and (self.links > 0 or self.bytes == usage.bytes)


class FetchTask(Task):
    """Wanted is a file, or everything below ``path``, depending on what is there; present is what is in ``dest``."""

    def __init__(self, options: FetchOptions) -> None:
        self.parallel, self.on_error = options.parallel, options.on_error
        check_parallel(options.parallel)
        super().__init__(options.common, place_of(options.common, options.path, is_directory=True))
        self._dest = encoded(options.dest)
        if b"\0" in self._dest:
            raise BadOptions(f"dest: {shown(self._dest)} has a NUL")
        if not self._dest.startswith(b"/"):
            hint = "Write an absolute path, for example {{ playbook_dir }}/mirror."
            raise BadOptions(f"dest: {shown(self._dest)} is not absolute", hint=hint if self._dest else "An empty variable?")
        self._folder = os.path.normpath(b"/" + self._dest.lstrip(b"/"))
        self._refuse_long()
        if self._folder == b"/":
            raise BadOptions("dest is the root of the file system")
        self._links, self._mode = options.links, options.mode
        self._tree_rules, self._policy = _tree_rules(options), _policy(options, Places(self.path, self._folder))

    def look(self, client: Client) -> Comparison:
        found = client.stat(self.path)
        sink = self._sink(found)
        listings: list[_Listed] = []
        return Comparison(
            base=sink.folder,
            policy=self._policy,
            rules=self._tree_rules if sink.file is None else GuardRules(),
            ancestors=sink.missing(),
            pairs=functools.partial(self._pairs, client, sink, found[0], listings),
            digest=functools.partial(self._digest, client, sink),
            guard=functools.partial(self._confirm, client, sink, listings),
            report=functools.partial(self._report, sink, found[0]),
            sink=sink,
        )

    # -- what is wanted, and where it goes

    def _refuse_long(self) -> None:
        try:
            os.lstat(self._folder)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                raise BadOptions(f"dest: {shown(self._folder)}: {error.strerror}") from error

    def _sink(self, found: Found) -> DownloadSink:
        kinds = [row.kind for row in found]
        if not found:
            raise NotFound(f"{shown(self.path)} does not exist", path=self.path, action="stat", hint="Check path and root.")
        if len(found) > 1:
            raise GuardTripped(
                "name_twins",
                f"{shown(self.path)} is a directory and a {kinds[0].value} as well",
                path=self.path,
                hint="Rename one of them on the service, or fetch the directory that they are in and exclude one of them.",
            )
        if kinds == [Kind.SYMLINK]:
            target = shown(found[0].target or b"")
            raise LinkInTheWay(f"{shown(self.path)} is a symlink to {target}", path=self.path, hint="Fetch what it points to.")
        if kinds == [Kind.FILE]:
            return self._file_sink()
        if os.path.lexists(self._folder) and not os.path.isdir(self._folder):
            raise BadOptions(f"dest: {shown(self._folder)} is not a directory, and {shown(self.path)} is one")
        return DownloadSink(self.path, self._folder, None, self._mode)

    def _file_sink(self) -> DownloadSink:
        """In dest where that is a directory or ends in a slash, else dest itself."""
        folder, file = os.path.split(self._folder)
        if self._dest.endswith(b"/") or os.path.isdir(self._folder):
            folder, file = self._folder, basename(self.path)
        sink = DownloadSink(self.path, folder, file, self._mode)
        if os.path.isdir(sink.path) and not os.path.islink(sink.path):
            raise BadOptions(f"dest: {shown(sink.path)} is a directory, and {shown(self.path)} a file")
        return sink

    def _pairs(self, client: Client, sink: DownloadSink, row: Entry, listings: list[_Listed], ordered: bool) -> t.Iterable[Pair]:
        """Here it is the wanted stream that comes from the service."""
        local = sink.file_system()
        if sink.file is not None:
            wanted = storable(os.path.dirname(self.path), [row._replace(name=sink.file)], self._links, local)
        else:
            wanted = self._wanted_tree(_counted(tree_of(client, self.path, row, ordered), row, listings), local)
        return march(wanted, sink.present(self._policy))

    def _wanted_tree(self, listed: t.Iterable[Entry], local: FileSystem) -> t.Iterator[Entry | Withheld]:
        taken = self._policy.filter
        entering = (
            entry
            for entry in with_implicit(listed)
            if taken.everything or (taken.enters if entry.kind is Kind.DIRECTORY else taken.takes)(entry.key)
        )
        part = t.cast("t.Iterator[Entry]", taking_part(entering, taken)) if taken.include else entering
        return storable(self.path, part, self._links, local)

    def _digest(self, client: Client, sink: DownloadSink, question: Question) -> Answer:
        """The local file is the one that is to be replaced."""
        want = question.want
        local = join(sink.folder, want.name)
        md5 = functools.partial(md5_of, local, want.size or 0)
        if want.md5 is not None:
            return Answer(md5())
        sha256 = functools.partial(content_checks.sha256_of, local, want.size)
        return content_checks.answer(client, sink.remote_path(want.name), question, self._policy, md5, sha256)

    # -- what is done about it

    def _confirm(self, client: Client, sink: DownloadSink, listings: list[_Listed], plan: Plan) -> None:
        """Deletes need a listing that is whole, so the service is asked how much there is."""
        if sink.file is not None or not any(step.after is None and step.why is not Why.LEFT_OVER for step in plan.steps):
            return
        listed = listings[-1]
        try:
            usage = client.du(self.path)
        except NotFound:
            usage = Usage(0, 0)
        if not listed.fits(usage):
            raise GuardTripped(
                "listing_differs",
                f"{shown(self.path)} was listed with {listed.objects} objects and {listed.bytes} bytes, and du "
                f"counts {usage.files} and {usage.bytes}: what is missing in the listing would be deleted",
                path=self.path,
                hint="Run the task again when nothing changes there, or without delete.",
            )

    def _report(self, sink: DownloadSink, row: Entry, outcome: Outcome) -> None:
        outcome.extra["dest"] = shown(sink.path)
        report_unmatched(outcome, self._policy.filter.pattern_usage if sink.file is None else None)
        if sink.file is not None:
            outcome.entry = row


def _counted(entries: t.Iterable[Entry], directory: Entry, listings: list[_Listed]) -> t.Iterator[Entry]:
    """The entries; at their end, their totals are appended to ``listings``."""
    objects, size, links = int(not directory.implicit), 0, 0
    for entry in entries:
        objects += not entry.implicit  # a walk names these as well
        size += entry.size or 0
        links += entry.kind is Kind.SYMLINK
        yield entry
    listings.append(_Listed(objects, size, links))


def _tree_rules(options: FetchOptions) -> GuardRules:
    return GuardRules(
        tree=True,
        allow_empty_source=options.allow_empty_source,
        adopt=options.adopt,
        max_delete=limit_of("max_delete", options.max_delete),
        max_replace=limit_of("max_replace", options.max_replace),
        source="path",
        place="dest",
    )


def _policy(options: FetchOptions, places: Places) -> Policy:
    given = read_patterns(options, ("include", "exclude", "protect"), places)
    include, exclude = given["include"].parsed, given["exclude"].parsed
    return Policy(
        compare=options.compare,
        mtime="wanted",
        brings=StepKind.DOWNLOAD,
        delete=options.delete,
        filter=Filter(include, exclude, pattern_usage=usage_of(options, given)),
        protect=given["protect"],
        unusual_names=True,
    )
