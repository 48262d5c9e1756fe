# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The source of the content that a task sends: a local tree, or one file."""

from __future__ import annotations

import abc
import dataclasses
import typing as t

from .._local.file_content import FileContent, changed, head_of, md5_of
from .._local.zip_archive import Members, members_of
from .._model.entries import Entry, Kind
from .._model.errors import BadSource
from .._model.filters import Patterns
from .._model.paths import join
from .._plan.compare import Answer, Question
from .._plan.policy import Policy
from .._plan.render import Elsewhere
from .._plan.steps import Plan, Step, StepKind
from .._usage_api.client import Client
from . import content_checks
from .content_checks import looked_into
from .options import DescribedSource

if t.TYPE_CHECKING:
    from .._local.overlay import Overlay
    from .._local.walk import Tree


@dataclasses.dataclass(frozen=True)
class UploadSource(abc.ABC):
    """``index_zip`` are the archives that the service is to add an index to."""

    index_zip: Patterns

    @abc.abstractmethod
    def content(self, step: Step, with_md5: bool = False, late: bool = False) -> FileContent:
        """The bytes to send for a step.

        with_md5  the md5 is needed even where the plan does not have it
        late      a large file may be hashed while it is sent
        """

    @abc.abstractmethod
    def text(self, step: Step, limit: int) -> bytes | Elsewhere:
        """What a diff shows of the content to send, or its nature if it is on another machine."""

    @abc.abstractmethod
    def md5(self, entry: Entry) -> str:
        """The md5 of a wanted file. SourceChanged where it is no longer as it was."""

    @abc.abstractmethod
    def sha256(self, entry: Entry) -> str | None:
        """The SHA-256 of a wanted file. BadSource where it cannot be read, or has another size."""

    @abc.abstractmethod
    def members(self, entry: Entry) -> Members:
        """The list of members of a wanted archive. BadSource for a file that is not an archive."""

    def indexes(self, entry: Entry) -> bool:
        """Whether the service is to add an index to this file."""
        return bool(self.index_zip) and entry.kind is Kind.FILE and self.index_zip.match(entry.name)

    def check_archives(self, plan: Plan) -> None:
        """Refuses files that cannot get an index, before the first write: the service would damage them, or refuse them late."""
        for step in plan.steps if self.index_zip else ():
            if step.after is not None and step.kind is not StepKind.MTIME and self.indexes(step.after):
                self.members(step.after)

    def answer(self, client: Client, base: bytes, policy: Policy, question: Question) -> Answer:
        """Compares a wanted file with the one of its name below ``base`` on the service."""
        want = question.want
        if self.index_zip and self.indexes(want):
            return looked_into(client, join(base, want.name), question, self.md5(want), self.members(want))
        if question.have.md5 is not None:
            return Answer(self.md5(want))
        path = join(base, want.name)
        return content_checks.answer(client, path, question, policy, lambda: self.md5(want), lambda: self.sha256(want))


@dataclasses.dataclass(frozen=True)
class TreeSource(UploadSource):
    """The files of a local tree, by their names in it."""

    tree: Tree | Overlay

    def content(self, step: Step, with_md5: bool = False, late: bool = False) -> FileContent:
        wanted = step.entry
        is_pinned = step.sha256 is not None  # then it is hashed before it is sent: no other bytes may get there
        content = FileContent(self.tree.local(wanted.name), with_md5, late and not is_pinned, wanted.md5)
        if is_pinned and content.sha256 != step.sha256:
            raise changed(content.path)
        content.must_have(wanted.size)
        return content

    def text(self, step: Step, limit: int) -> bytes:
        return head_of(self.tree.local(step.entry.name), limit)

    def md5(self, entry: Entry) -> str:
        return md5_of(self.tree.local(entry.name), entry.size or 0)

    def sha256(self, entry: Entry) -> str | None:
        return content_checks.sha256_of(self.tree.local(entry.name), entry.size)

    def members(self, entry: Entry) -> Members:
        return members_of(self.tree.local(entry.name))


@dataclasses.dataclass(frozen=True)
class FileSource(UploadSource):
    """One file, hashed already; ``path`` is where it goes, for messages."""

    file: FileContent | DescribedSource
    path: bytes

    def content(self, step: Step, with_md5: bool = False, late: bool = False) -> FileContent:
        if isinstance(self.file, FileContent):
            return self.file
        raise BadSource(
            "The bytes of the file are on another machine and were not shipped",
            path=self.path,
            hint="The file on the service changed after the plan was made. Run the task again.",
        )

    def text(self, step: Step, limit: int) -> bytes | Elsewhere:
        if isinstance(self.file, FileContent):
            return head_of(self.file.path, limit)
        return Elsewhere.TEXT if self.file.is_text else Elsewhere.BINARY

    def md5(self, entry: Entry) -> str:
        return self.file.md5 or ""

    def sha256(self, entry: Entry) -> str | None:
        return self.file.sha256

    def members(self, entry: Entry) -> Members:
        if isinstance(self.file, FileContent):
            return members_of(self.file.path)
        if self.file.members is None:
            raise BadSource("Nothing is known of the members of the archive", path=self.path)
        return self.file.members
