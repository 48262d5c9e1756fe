# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""ns_file: one file is wanted, or none."""

from __future__ import annotations

import os
import time
import typing as t

from .._local.file_content import FileContent, head_of
from .._local.zip_archive import Members, members_of
from .._model.entries import Entry, Found, Kind
from .._model.errors import BadOptions, BadSource, SourceChanged
from .._model.filters import Patterns
from .._model.paths import encoded, is_cp_code_root, shown
from .._plan.compare import Answer, Question
from .._plan.outcome import Outcome
from .._plan.policy import Policy
from .._plan.render import Elsewhere
from .._plan.steps import Plan, Step, Why
from .._usage_api.client import Client
from . import unlisted
from .base import OUT_OF_A_VAULT, EntryTask
from .location import mtime_of, place_of
from .options import DescribedSource, FileOptions
from .zip_index import SUFFIX, looked_into

_ALL = frozenset({Kind.FILE, Kind.SYMLINK})


class FileTask(EntryTask):
    """The wanted file is hashed at once: its digests are part of the result."""

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
            keep_existing=options.on_existing == "keep",
            unusual_names=options.common.unusual_names == "allow",
            index_zip=Patterns(["**"] if options.index_zip else ()),
            delete_because=Why.UNWANTED,
        )
        if options.index_zip and self.present and not self.path.endswith(SUFFIX):
            hint = "The service indexes archives of that name only."
            raise BadOptions(f"index_zip: {shown(self.path)} does not end in .zip", path=self.path, hint=hint)
        self.source = _source(options) if self.present else None
        self._is_secret = options.is_secret
        self._md5_there: str | None = None
        self._mtime = mtime_of(options.mtime, int(time.time()))

    def want(self, client: Client, ordered: bool) -> t.Iterable[Entry]:
        if self.source is None:
            return []
        mtime = self.source.mtime if self._mtime is None else self._mtime
        return [Entry(self.name, Kind.FILE, self.source.size, self.source.md5, mtime)]

    def have(self, client: Client, found: Found, ordered: bool) -> t.Iterable[Entry]:
        row = self.object_row(found)
        left_over = self.left_over(client, Kind.FILE) if self.present is (row is None) else []
        return left_over if row is None else sorted([row, *left_over], key=lambda entry: entry.key)

    def digest(self, client: Client, question: Question) -> Answer:
        """Asked for archives, and where the service lists no MD5: else that of the wanted file is enough."""
        source = self.source
        if source is None or self.indexes(question.want):
            return looked_into(client, self.path, question, question.want.md5 or "", self.members(question.want))
        answer = unlisted.answer(client, self.path, question, self.policy, lambda: source.md5, lambda: source.sha256)
        self._md5_there = answer.there or (source.md5 if answer.same else None)
        return answer

    def members(self, entry: Entry) -> Members:
        if isinstance(self.source, FileContent):
            return members_of(self.source.path)
        if self.source is None or self.source.members is None:
            raise BadSource("Nothing is known of the members of the archive", path=self.path)
        return self.source.members

    def inspect(self, plan: Plan) -> None:
        self.inspect_archives(plan)

    def hidden(self, step: Step) -> str:
        return OUT_OF_A_VAULT if self._is_secret else ""

    def content(self, step: Step, with_md5: bool = False, late: bool = False) -> FileContent:
        if not isinstance(self.source, FileContent):
            raise BadSource(
                "The bytes of the file are on another machine and were not shipped",
                path=self.path,
                hint="The file on the service changed after the plan was made. Run the task again.",
            )
        return self.source

    def text(self, step: Step, limit: int) -> bytes | Elsewhere | None:
        if isinstance(self.source, FileContent):
            return head_of(self.source.path, limit)
        return Elsewhere.TEXT if self.source is not None and self.source.is_text else Elsewhere.BINARY

    def report(self, outcome: Outcome, found: Found) -> None:
        super().report(outcome, found)
        if not self.present:
            return
        step = next((step for step in outcome.plan.steps if step.path == self.path), None)
        outcome.entry = step.after if step is not None else self._as_known(self.object_row(found))

    def _as_known(self, row: Entry | None) -> Entry | None:
        """The row of a file that was equal, with the MD5 that was found out in another way."""
        return row if row is None or row.kind is not Kind.FILE else row._replace(md5=row.md5 or self._md5_there)


def _source(options: FileOptions) -> FileContent | DescribedSource:
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
