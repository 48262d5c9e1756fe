# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_file: one file is wanted, or none."""

from __future__ import annotations

import dataclasses
import functools
import os
import time
import typing as t

from .._local.file_content import FileContent
from .._model.entries import Entry, Kind
from .._model.errors import BadOptions, BadSource, SourceChanged
from .._model.filters import Patterns
from .._model.paths import encoded, is_cp_code_root, shown
from .._plan.compare import Answer, Question
from .._plan.outcome import Outcome
from .._plan.policy import Policy
from .._plan.steps import Plan, Step, Why
from .._usage_api.client import Client
from .base import OUT_OF_A_VAULT, Comparison, EntryTask
from .content_checks import SUFFIX
from .location import mtime_of, place_of
from .options import DescribedSource, FileOptions
from .remote_tree import Stats
from .upload_source import FileSource

_ALL = frozenset({Kind.FILE, Kind.SYMLINK})


class FileTask(EntryTask):
    """The wanted file is hashed at once: its digests are part of the result."""

    source: FileSource | None = None

    def __init__(self, options: FileOptions) -> None:
        super().__init__(options.common, place_of(options.common, options.path))
        if is_cp_code_root(self.path):
            raise BadOptions(f"{shown(self.path)} is a CP code and not a file", path=self.path)
        self.present = options.state == "present"
        if options.compare == "size_mtime" and options.mtime == "now":
            raise BadOptions("compare: size_mtime with mtime: now would change the file on every run")
        self.policy = Policy(
            compare=options.compare,
            mtime=options.mtime,
            ancestors=options.common.directories == "explicit" and self.present,
            delete=not self.present,
            may_replace=_ALL if options.on_existing == "replace" or not self.present else frozenset(),
            replaced_with=dict.fromkeys(Kind, "on_existing: replace"),
            keep_existing=options.on_existing == "keep",
            unusual_names=options.common.unusual_names == "allow",
            index_zip=Patterns(["**"] if options.index_zip else ()),
            delete_because=Why.UNWANTED,
        )
        if options.index_zip and self.present and not self.path.endswith(SUFFIX):
            hint = "The service indexes archives of that name only."
            raise BadOptions(f"index_zip: {shown(self.path)} does not end in .zip", path=self.path, hint=hint)
        if self.present:
            self.source = FileSource(self.policy.index_zip, _file(options), self.path)
        self._is_secret = options.is_secret
        self._mtime = mtime_of(options.mtime, int(time.time()))

    def comparison(self, client: Client, stats: Stats) -> Comparison:
        """The plan keeps only what differs, and the result has the MD5 of a file that does not: so the answer is kept."""
        answers: list[Answer] = []

        comparison = super().comparison(client, stats)

        def digest(question: Question) -> Answer:
            answers.append(comparison.digest(question))
            return answers[-1]

        return dataclasses.replace(comparison, digest=digest, report=functools.partial(self._report, stats, answers))

    def want(self, client: Client, stats: Stats, ordered: bool) -> t.Iterable[Entry]:
        if self.source is None:
            return []
        file = self.source.file
        return [Entry(self.name, Kind.FILE, file.size, file.md5, file.mtime if self._mtime is None else self._mtime)]

    def have(self, client: Client, stats: Stats, ordered: bool) -> t.Iterable[Entry]:
        row = self.named(self.found(stats).object)
        left_over = self.left_over(client, Kind.FILE) if self.present is (row is None) else []
        return left_over if row is None else sorted([row, *left_over], key=lambda entry: entry.key)

    def inspect(self, plan: Plan) -> None:
        if self.source is not None:
            self.source.check_archives(plan)

    def hidden(self, step: Step) -> str:
        return OUT_OF_A_VAULT if self._is_secret else ""

    def _report(self, stats: Stats, answers: list[Answer], outcome: Outcome) -> None:
        if self.source is None:
            return
        self.tell_of_twin(outcome, self.found(stats), Kind.FILE)
        step = next((step for step in outcome.plan.steps if step.path == self.path), None)
        row = self.named(self.found(stats).object)
        if step is not None:
            outcome.entry = step.after
        elif row is not None and row.kind is Kind.FILE and row.md5 is None and answers:
            outcome.entry = row._replace(md5=answers[-1].there or (self.source.file.md5 if answers[-1].same else None))
        else:
            outcome.entry = row


def _file(options: FileOptions) -> FileContent | DescribedSource:
    given = options.source
    if given is None:
        raise BadOptions("state: present needs src, content or content_b64")
    if isinstance(given, str) and os.path.isdir(given):
        raise BadSource(f"src: {shown(encoded(given))} is a directory", hint="ns_sync sends directories.")
    source = _found(given)
    if options.sha256 is not None and options.sha256.lower() != source.sha256:
        raise BadSource(
            f"The content has sha256 {source.sha256} and not {options.sha256.lower()!r}",
            hint="What src gives is not what the task expects; nothing was sent.",
        )
    return source


def _found(given: str | DescribedSource) -> FileContent | DescribedSource:
    """The file as it is here. A shipped copy has the modification time of the original, and must be what was described."""
    if isinstance(given, str):
        return FileContent(encoded(given))
    if given.shipped is None:
        return given
    content = FileContent(encoded(given.shipped))
    if content.sha256 != given.sha256:
        raise SourceChanged(
            f"The source changed on its way: planned with sha256 {given.sha256}, shipped {content.sha256}",
            hint="Nothing was sent to the service. Run the task again when nothing writes to it.",
        )
    content.mtime = given.mtime
    return content
