# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A task: what one module wants, behind one face. The flow asks, in this order: look, way, pairs, digests, content."""

from __future__ import annotations

import typing as t

from .._model.entries import Entry, Found, Kind, Withheld
from .._model.errors import NetStorageError
from .._model.paths import ancestry, name_of, relative
from .._model.temp_names import temporary
from .._plan.compare import Answer, Question
from .._plan.march import Pair, march, with_implicit
from .._plan.outcome import Outcome
from .._plan.policy import GuardRules, Policy
from .._plan.render import Elsewhere
from .._plan.steps import Plan, Step, StepKind
from .._usage_api.client import Client
from .._usage_api.client_config import Connection
from .location import Place, connection_of
from .options import Common
from .remote_tree import Look, look_at

if t.TYPE_CHECKING:
    from .._local.file_content import FileContent
    from .._local.writer import Writer
    from .._local.zip_archive import Members

OUT_OF_A_VAULT = "content that came out of a vault is not shown; show_vaulted: true asks for it"


class Task:
    """What all tasks share. A task's constructor fails before the first packet or not at all.

    parallel     requests at a time
    on_error     continue | stop: whether the siblings of a step that failed are still tried
    verify       none | listing | full: how what was sent is proved afterwards
    verify_wait  seconds to wait for replicas that do not show it yet
    far_side     old | new: whether the service has the old content of what changes, or the new one
    quick_delete_wait  seconds to wait until a directory that goes as a whole is gone
    listed       the same by listing and deleting, planned anew where a quick-delete is refused; None where the task then fails
    """

    policy: Policy
    rules = GuardRules()
    parallel = 1
    on_error = "continue"
    verify = "none"
    verify_wait = 0.0
    far_side = "old"
    quick_delete_wait = 0.0
    listed: Task | None = None

    def __init__(self, common: Common, place: Place) -> None:
        self.place = place
        self.path = place.path
        self.diff_size = common.diff_size
        self.connection: Connection = connection_of(common, place, max(self.parallel, 4))

    @property
    def base(self) -> bytes:
        """The directory that the names of entries are relative to."""
        raise NotImplementedError

    def ancestors(self) -> list[bytes]:
        """The directories that must be there, or be made explicit, before the tree; topmost first."""
        return ancestry(self.base)

    def look(self, client: Client) -> Look:
        """What ``stat`` says of the path, of each ancestor, and of whatever else the task must know before there is a plan."""
        return look_at(client, [self.path], self.ancestors())

    def way(self, look: Look) -> t.Iterable[tuple[bytes, Found | None]]:
        """Each of the ancestors with what stands there."""
        return [(ancestor, look[ancestor]) for ancestor in self.ancestors()]

    def pairs(self, client: Client, found: Found, ordered: bool) -> t.Iterable[Pair]:
        """Both streams, walked in step. Where files are fetched it is the wanted one that comes from the service."""
        return march(self.want(client, ordered), with_implicit(self.have(client, found, ordered)))

    def want(self, client: Client, ordered: bool) -> t.Iterable[Entry | Withheld]:
        """The wanted stream in key order."""
        raise NotImplementedError

    def have(self, client: Client, found: Found, ordered: bool) -> t.Iterable[Entry]:
        """The present stream in key order; ``found`` is what stat says of the path."""
        raise NotImplementedError

    def digest(self, client: Client, question: Question) -> Answer:
        """The md5 of a local file, the wanted one or the one that it is to take the place of; of an archive whether it stands
        there with an index; and where the service lists no MD5 what else tells the two apart. On any thread."""
        raise NotImplementedError

    def indexes(self, entry: Entry) -> bool:
        """Whether the service is to add an index to this file."""
        return entry.kind is Kind.FILE and self.policy.index_zip.match(entry.name)

    def members(self, entry: Entry) -> Members:
        """The list of members of a wanted archive. BadSource for what is none."""
        raise NotImplementedError

    def inspect_archives(self, plan: Plan) -> None:
        """What cannot get an index is refused before the first write: the service would spoil it, or refuse it too late."""
        for step in plan.steps if self.policy.index_zip else ():
            if step.after is not None and step.kind is not StepKind.MTIME and self.indexes(step.after):
                self.members(step.after)

    def content(self, step: Step, with_md5: bool = False, late: bool = False) -> FileContent:
        """The bytes to send for a step.

        with_md5  their md5 is needed even where the plan does not know it
        late      a large file may be hashed while it is sent
        """
        raise NotImplementedError

    def text(self, step: Step, limit: int) -> bytes | Elsewhere | None:
        """What a diff shows of the bytes to send, or what they are where they are on another machine."""
        raise NotImplementedError

    def new_text(self, client: Client, step: Step, limit: int) -> bytes | Elsewhere | None:
        """What a diff shows of a file as it will be."""
        return self.text(step, limit)

    def old_text(self, client: Client, step: Step, limit: int) -> bytes:
        """What a diff shows of a file as it is."""
        return client.download(step.path, limit=limit)

    def writer(self) -> Writer:
        """The local directory that is changed, where files are fetched."""
        raise NotImplementedError

    def remote_path(self, step: Step) -> bytes:
        """The path on the service of what a step fetches."""
        raise NotImplementedError

    def confirm(self, client: Client, plan: Plan) -> None:
        """Ask the service once more about a plan, before the first change. Raises GuardTripped."""

    def hidden(self, step: Step) -> str:
        """Why no content of a step is shown in a diff, neither old nor new; empty where it is."""
        return ""

    def inspect(self, plan: Plan) -> None:
        """Look into what would be sent, before the first write."""

    def doubts(self, client: Client) -> list[NetStorageError]:
        """What would fail the real run, and in check mode is a note: an earlier task may have made it by then."""
        return []

    def confirm_delete(self, client: Client, step: Step) -> None:
        """Called just before a delete; raises where it is no longer right."""

    def report(self, outcome: Outcome, found: Found) -> None:
        """Fill in what only this module returns."""


class EntryTask(Task):
    """A plan with one wanted entry: the tree is the parent directory, with one name in it."""

    @property
    def base(self) -> bytes:
        return self.path[: -len(self.name) - 1]

    @property
    def name(self) -> bytes:
        """The last component, with the slashes that belong to it: ``/1/a/link/`` -> ``link/``."""
        return name_of(self.path)

    def object_row(self, found: Found) -> Entry | None:
        """The file or symlink of exactly this name."""
        row = found.object
        return None if row is None else row._replace(name=self.name)

    def directory_row(self, found: Found) -> Entry | None:
        """The explicit or implicit directory of this name."""
        row = found.directory
        return None if row is None else row._replace(name=self.name)

    def left_over(self, client: Client, kind: Kind) -> list[Entry]:
        """What a run that was killed has left waiting to take this place. One request, so asked only by who changes something."""
        waiting = temporary(self.path, kind)
        return [row._replace(name=relative(waiting, self.base)) for row in client.stat(waiting) if row.kind is kind]

    def report(self, outcome: Outcome, found: Found) -> None:
        outcome.path = self.path
