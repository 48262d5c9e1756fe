# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task: what one module wants, as an immutable description of the wanted state, and where its bytes come from.

The flow asks it to look, which makes the ``Comparison`` that the plan is drawn from. What is sent comes from the task's
``UploadSource``; what is fetched goes to the ``DownloadSink`` of the comparison. No task has both.
"""

from __future__ import annotations

import abc
import dataclasses
import functools
import typing as t

from .._model.entries import Entry, Found, Kind, Withheld
from .._model.errors import NetStorageError
from .._model.paths import ancestry, join, name_of, relative, shown
from .._model.temp_names import temporary
from .._plan.compare import Answer, Question
from .._plan.march import Pair, march, with_implicit
from .._plan.outcome import Outcome
from .._plan.policy import GuardRules, Policy
from .._plan.steps import Plan, Step
from .._usage_api.client import Client
from .location import Place, config_of
from .options import Common
from .remote_tree import Stats, look_at, tree_of

if t.TYPE_CHECKING:
    from .._review.review_options import ReviewOptions
    from .._shards.shard_options import ShardOptions
    from .download_sink import DownloadSink
    from .upload_source import UploadSource

OUT_OF_A_VAULT = "content that came out of a vault is not shown; set show_vaulted: true to show it"


@dataclasses.dataclass(frozen=True)
class Comparison:
    """What a task finds: the two sides, and all that depends on the present state.

    base       the directory that the names of entries are relative to
    policy     how the two sides are compared
    rules      what the guards of all plans look for
    ancestors  the directories that must be there, or be made explicit, before the tree; topmost first, each with what stands
               there, None where the account may not see it
    pairs      both sides, walked in step. Takes whether the listing is trusted to be in key order
    digest     answers a question of the planner, on any thread: the MD5 of the local file, whether an archive stands there with
               an index, and where the service lists no MD5 what else tells the two apart
    guard      refuses a plan for reasons specific to this task, before the first change; may send further requests
    report     fills in what only this module returns
    sink       where files are fetched to; None where the service is changed
    """

    base: bytes
    policy: Policy
    rules: GuardRules
    ancestors: t.Sequence[tuple[bytes, Found | None]]
    pairs: t.Callable[[bool], t.Iterable[Pair]]
    digest: t.Callable[[Question], Answer]
    guard: t.Callable[[Plan], None]
    report: t.Callable[[Outcome], None]
    sink: DownloadSink | None = None


class Task(abc.ABC):
    """What all tasks share. The constructor fails before the first request or not at all, and sets each attribute once.

    parallel     requests at a time
    on_error     continue | stop: whether the siblings of a step that failed are still tried
    verify       none | listing | full: how what was sent is verified afterwards
    verify_wait  seconds to wait for replicas that do not list it yet
    quick_delete_wait  seconds to wait until a directory that goes as a whole is gone
    listed       the same task by listing and deleting, for a refused quick-delete; None where the task then fails
    source       what is sent; None for a task that sends no content
    review_options  where the plan document goes and which plan is expected; None where neither is asked for
    lists        the directory of lists that wait for a purge; None where none is written
    shard_options  which part of the plan is carried out; None for all of it
    """

    parallel = 1
    on_error = "continue"
    verify = "none"
    verify_wait = 0.0
    quick_delete_wait = 0.0
    listed: Task | None = None
    source: UploadSource | None = None
    review_options: ReviewOptions | None = None
    lists: bytes | None = None
    shard_options: ShardOptions | None = None

    def __init__(self, common: Common, place: Place) -> None:
        self.path = place.path
        self.diff_size, self.diff_limit = common.diff_size, common.diff_limit
        self.config = config_of(common, max(self.parallel, 4), place)

    def __setattr__(self, name: str, value: object) -> None:
        if name in vars(self):
            raise AttributeError(f"A task does not change, and {name} is set")
        super().__setattr__(name, value)

    @abc.abstractmethod
    def look(self, client: Client) -> Comparison:
        """Request what the task must know before there is a plan: what stands at the path, above it, and whatever else."""

    def hidden(self, step: Step) -> str:
        """Why no content of a step is shown in a diff, neither old nor new; empty where it is."""
        return ""

    def doubts(self, client: Client) -> list[NetStorageError]:
        """Errors of the real run that are only notes in check mode: an earlier task may create what is missing."""
        return []

    def veto_delete(self, client: Client, step: Step) -> NetStorageError | None:
        """Why a delete is no longer right, checked just before it is sent; None where it is."""
        return None


class RemoteTask(Task):
    """A task that changes the service."""

    policy: Policy
    rules = GuardRules()

    @property
    @abc.abstractmethod
    def base(self) -> bytes:
        """The directory that the names of entries are relative to."""

    @abc.abstractmethod
    def want(self, client: Client, stats: Stats, ordered: bool) -> t.Iterable[Entry | Withheld]:
        """The wanted stream in key order."""

    @abc.abstractmethod
    def have(self, client: Client, stats: Stats, ordered: bool) -> t.Iterable[Entry]:
        """The present stream in key order."""

    def ancestors(self) -> list[bytes]:
        """The directories that must be there, or be made explicit, before the tree; topmost first."""
        return ancestry(self.base)

    def look(self, client: Client) -> Comparison:
        return self.comparison(client, look_at(client, [self.path], self.ancestors()))

    def comparison(self, client: Client, stats: Stats) -> Comparison:
        """Of what ``stat`` says of the path and of each ancestor."""
        return Comparison(
            base=self.base,
            policy=self.policy,
            rules=self.rules,
            ancestors=[(ancestor, stats[ancestor]) for ancestor in self.ancestors()],
            pairs=functools.partial(self.pairs, client, stats),
            digest=_no_answer if self.source is None else functools.partial(self.source.answer, client, self.base, self.policy),
            guard=self.inspect,
            report=functools.partial(self.report, stats),
        )

    def found(self, stats: Stats) -> Found:
        """What stands at the path."""
        return stats[self.path] or Found()

    def pairs(self, client: Client, stats: Stats, ordered: bool) -> t.Iterable[Pair]:
        """Both streams, walked in step."""
        return march(self.want(client, stats, ordered), with_implicit(self.have(client, stats, ordered)))

    def inspect(self, plan: Plan) -> None:
        """Check the plan before the first change, for what the common guards do not check."""

    def report(self, stats: Stats, outcome: Outcome) -> None:
        """Fill in what only this module returns."""


def _no_answer(_question: Question) -> Answer:
    """Not called: a task that sends no content compares none."""
    return Answer(None)


class EntryTask(RemoteTask):
    """A plan with one wanted entry: the tree is the parent directory, with one name in it."""

    @property
    def base(self) -> bytes:
        return self.path[: -len(self.name) - 1]

    @property
    def name(self) -> bytes:
        """The last component, with the slashes that belong to it: ``/1/a/link/`` -> ``link/``."""
        return name_of(self.path)

    def named(self, row: Entry | None) -> Entry | None:
        """What stands at a path, under the name of this task."""
        return None if row is None else row._replace(name=self.name)

    def tree(self, client: Client, path: bytes, row: Entry, ordered: bool) -> t.Iterator[Entry]:
        """The directory at a path and everything below it, under the name of this task."""
        yield row
        for entry in tree_of(client, path, row, ordered):
            yield entry._replace(name=join(self.name, entry.name))

    def left_over(self, client: Client, kind: Kind) -> list[Entry]:
        """Temporary objects of a killed run for this path. One request, so called only if something is to be changed."""
        waiting = temporary(self.path, kind)
        return [row._replace(name=relative(waiting, self.base)) for row in client.stat(waiting) if row.kind is kind]

    def tell_of_twin(self, outcome: Outcome, found: Found, kind: Kind) -> None:
        """Note where the service has something of another kind under the name of what is wanted. It stays."""
        twin = found.object if kind is Kind.DIRECTORY else found.directory
        if twin is not None:
            outcome.notes.append(f"A {twin.kind.value} of the same name exists beside the {kind.value} {shown(self.path)}")
