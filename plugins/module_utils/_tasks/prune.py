# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_prune: the wanted state is everything that does not match, unchanged."""

from __future__ import annotations

import dataclasses
import threading
import time
import typing as t

from .._model.entries import Entry, Found, Kind
from .._model.errors import AuthRefused, BadOptions, BadReply, GuardTripped, NetStorageError, NotADirectory
from .._model.find_criteria import Criteria
from .._model.paths import SLASH, ancestry, cp_code, decoded, is_within, join, reached, shown
from .._model.pattern_syntax import Places
from .._model.temp_names import FENCE_STANDS
from .._plan.compare import Answer, Question
from .._plan.guards import guard_place
from .._plan.march import Pair, with_implicit
from .._plan.outcome import LISTED, Outcome
from .._plan.policy import GuardRules, Policy
from .._plan.steps import Plan, Step, Why
from .._usage_api.client import Client
from .base import Comparison, Task
from .location import check_parallel, limit_of, place_of, read_patterns, report_unmatched, usage_of
from .options import PruneOptions
from .remote_tree import look_at, tree_of

_CRITERIA = ("patterns", "excludes", "file_type", "size", "age", "keep")
_NAMED = 5  # names in a note
_HOPS = 16  # links in a row
_FRESH = 1.0  # seconds for which the targets of links are cached


class PruneTask(Task):
    """Present is everything below ``path``."""

    def __init__(self, options: PruneOptions) -> None:
        self.parallel, self.on_error = options.parallel, options.on_error
        check_parallel(options.parallel)
        super().__init__(options.common, place_of(options.common, options.path, is_directory=True))
        _check_criteria(options)
        now = int(time.time())
        kind = options.file_type or ("any" if options.keep else "file")
        self.criteria = Criteria(options.patterns, options.excludes, options.use_regex, kind, options.size, options.age, now)
        self.judges_content = options.age is not None
        self.keep, self.by_time = options.keep, options.order == "mtime"
        self.is_flat = options.keep is not None or not options.recurse
        self.links = LinkTargets([place_of(options.common, link, "protect_targets").path for link in options.protect_targets])
        self.rules = GuardRules(
            tree=True,
            allow_empty_source=True,
            allow_root=options.allow_root,
            adopt=True,
            max_delete=limit_of("max_delete", options.max_delete),
        )
        guard_place(self.path, self.rules)
        given = read_patterns(options, ("protect",), Places(self.path, b""))
        self.pattern_usage = None if self.is_flat else usage_of(options, given)  # that looks into nothing that stays
        self.policy = Policy(
            compare="size",
            explicit=False,
            ancestors=False,
            delete=True,
            protect=given["protect"],
            unusual_names=options.common.unusual_names == "allow",
            delete_because=Why.MATCHES if options.keep is None else Why.SURPLUS,
            fences_until=now - FENCE_STANDS,
        )

    def look(self, client: Client) -> Comparison:
        above = ancestry(self.path)
        stats = look_at(client, [self.path], above)
        found = stats[self.path] or Found()
        if found.directory is None and found.object is not None and found.link is None:
            raise NotADirectory(f"{shown(self.path)} is a file", path=self.path, hint="Use ns_file to delete a file.")
        selection = Selection(self, client, self.links.read(client), found.directory)
        return Comparison(
            base=self.path,
            policy=self.policy,
            rules=dataclasses.replace(self.rules, objects=self._objects(client, found)),
            ancestors=[(ancestor, stats[ancestor]) for ancestor in above],
            pairs=selection.pairs,
            digest=_same,
            guard=selection.guard,
            report=selection.report,
        )

    def _objects(self, client: Client, found: Found) -> int | None:
        """The number of objects below the path, if a limit is a percentage and the plan does not see each object.

        100 % is no limit."""
        limit = self.rules.max_delete
        if found.directory is None or not self.is_flat or limit is None or not limit.percent or limit.number == 100:
            return None
        return client.du(self.path).files

    def veto_delete(self, client: Client, step: Step) -> NetStorageError | None:
        """A link may have been switched to it since the plan was made."""
        try:
            live = self.links.read(client)
            refuse_unknown(live)
        except NetStorageError as error:
            return error
        over = next((one for one in live if one.touches(step.path)), None)
        if over is None:
            return None
        return GuardTripped(
            "protect_targets",
            f"{shown(step.path)} was to be deleted, and {shown(over.link)} leads there now",
            path=step.path,
            hint="It was left as it is. Run the task again.",
        )


@dataclasses.dataclass
class Summary:
    """What is reported of a selection.

    matched   how many entries match
    kept      names of those that stay for being the newest, the newest first
    timeless  names of those that stay because they have no time
    """

    matched: int = 0
    kept: list[bytes] = dataclasses.field(default_factory=list)
    timeless: list[bytes] = dataclasses.field(default_factory=list)


class Selection:
    """What is to be deleted, from one listing: pairs for the planner, and what is reported of them.

    An entry that stays is wanted as it is. An entry behind a symlink is left out of both sides unless it matches, because nothing
    may be wanted there; the planner decides whether it may be deleted.
    """

    def __init__(self, task: PruneTask, client: Client, live: t.Sequence[Live], directory: Entry | None) -> None:
        self._task, self._client, self._live, self._directory = task, client, live, directory
        self._summary = Summary()

    def pairs(self, ordered: bool) -> t.Iterator[Pair]:
        self._summary.matched = 0
        if self._directory is None:
            return
        if self._task.is_flat:
            entries = self._flat(ordered)
        else:
            entries = self._judged(with_implicit(tree_of(self._client, self._task.path, self._directory, ordered)))
        links: list[bytes] = []
        pattern_usage = self._task.pattern_usage
        for entry, goes in entries:
            key = entry.key
            if pattern_usage is not None:
                pattern_usage.observe(decoded(key))
            links = [link for link in links if key.startswith(link)]
            if goes:
                yield None, entry
            elif not links:
                yield entry, entry
            if entry.kind is Kind.SYMLINK:
                links.append(entry.name + SLASH)

    def guard(self, plan: Plan) -> None:
        if plan:
            refuse_unknown(self._live)

    def report(self, outcome: Outcome) -> None:
        outcome.extra["matched"] = self._summary.matched
        report_unmatched(outcome, self._task.pattern_usage)
        outcome.extra["unmatched_patterns"].update(self._task.criteria.pattern_usage.unmatched())
        outcome.notes += self._task.criteria.pattern_usage.notes()
        if self._task.keep is not None:
            outcome.extra["kept"] = [shown(name) for name in self._summary.kept[:LISTED]]
        if self._task.is_flat:
            going = {step.entry.name.partition(SLASH)[0] for step in outcome.plan.steps}
            outcome.extra["going"] = [shown(name) for name in sorted(going)[:LISTED]]
        if self._live:
            outcome.extra["live"] = {shown(one.link): shown(one.passed[-1]) for one in self._live if one.passed}
        if self._summary.timeless:
            names = ", ".join(shown(name) for name in self._summary.timeless[:_NAMED])
            outcome.notes.append(f"{len(self._summary.timeless)} entries have no time, so they stay: {names}")

    # -- everything below the path

    def _judged(self, entries: t.Iterator[Entry]) -> t.Iterator[tuple[Entry, bool]]:
        """Each entry, and whether it is deleted. A directory is deleted with all its content; the content of one that stays is
        judged entry by entry."""
        entry = next(entries, None)
        while entry is not None:
            goes = self._matches(entry)
            if not goes or entry.kind is not Kind.DIRECTORY:
                self._summary.matched += goes
                yield entry, goes
                entry = next(entries, None)
            elif self._task.judges_content:
                below, behind = _split(entries, entry.key)
                goes = self._all_old(below)
                self._summary.matched += goes
                yield entry, goes
                yield from ((one, True) for one in below) if goes else self._judged(iter(below))
                entry = behind
            else:
                self._summary.matched += 1
                yield entry, True
                key, entry = entry.key, next(entries, None)
                while entry is not None and entry.key.startswith(key):
                    yield entry, True
                    entry = next(entries, None)

    # -- what lies directly in it

    def _flat(self, ordered: bool) -> t.Iterator[tuple[Entry, bool]]:
        children = sorted(self._client.children(self._task.path), key=lambda child: child.key)
        matching = [child for child in children if self._task.criteria.take(child)]
        going = {child.key for child in self._surplus(matching) if not self._is_live(child)}
        self._summary.matched = len(matching)
        for child in children:
            if child.key not in going:
                yield child, False
            elif child.kind is not Kind.DIRECTORY:
                yield child, True
            else:
                yield from self._whole(child, ordered)

    def _surplus(self, matching: list[Entry]) -> t.Sequence[Entry]:
        """Without those that are kept for being the newest."""
        task = self._task
        if task.keep is None:
            return matching
        if task.by_time:
            self._summary.timeless = [child.name for child in matching if child.implicit or child.mtime is None]
            timed = [child for child in matching if not child.implicit and child.mtime is not None]
            newest = sorted(timed, key=lambda child: (child.mtime, child.key), reverse=True)
        else:
            newest = sorted(matching, key=lambda child: child.key, reverse=True)
        self._summary.kept = [child.name for child in newest[: task.keep]]
        return newest[task.keep :]

    def _whole(self, child: Entry, ordered: bool) -> t.Iterator[tuple[Entry, bool]]:
        tree = with_implicit(tree_of(self._client, join(self._task.path, child.name), child, ordered))
        entries: t.Iterable[Entry] = (entry._replace(name=join(child.name, entry.name)) for entry in tree)
        goes = True
        if self._task.judges_content:
            entries = list(entries)
            goes = self._all_old(entries)
        yield child, goes
        for entry in entries:
            yield entry, goes

    # -- what matches

    def _matches(self, entry: Entry) -> bool:
        return self._task.criteria.take(entry) and not self._is_live(entry)

    def _is_live(self, entry: Entry) -> bool:
        path = join(self._task.path, entry.name)
        return any(one.touches(path) for one in self._live)

    def _all_old(self, entries: t.Iterable[Entry]) -> bool:
        return all(entry.kind is Kind.DIRECTORY or self._task.criteria.has_age(entry) for entry in entries)


def _same(question: Question) -> Answer:
    """Nothing is asked: both sides of a pair are one entry."""
    return Answer(question.have.md5)


def _split(entries: t.Iterator[Entry], key: bytes) -> tuple[list[Entry], Entry | None]:
    """What is below a directory, and the first entry behind it."""
    below: list[Entry] = []
    for entry in entries:
        if not entry.key.startswith(key):
            return below, entry
        below.append(entry)
    return below, None


def _check_criteria(options: PruneOptions) -> None:
    if not any(getattr(options, name) not in (None, "", (), []) for name in _CRITERIA):
        raise BadOptions(
            f"None of {', '.join(_CRITERIA)} says what is to go",
            hint="Set at least one; an empty variable may have removed it. Use ns_directory to delete a whole directory.",
        )
    if options.keep is not None and options.keep < 1:
        raise BadOptions(f"keep is {options.keep}, which is less than 1", hint="Set patterns or age.")


# -- what is live


class Live(t.NamedTuple):
    """One protected link.

    link    its absolute path
    passed  every path that is met on the way from the link to its end; the last one is where it leads. Empty where the link does
            not exist, or is no symlink
    """

    link: bytes
    passed: tuple[bytes, ...]

    def touches(self, path: bytes) -> bool:
        """Whether the path is one of those on the way, lies below one, or has one in it."""
        return any(is_within(path, stop) or is_within(stop, path) for stop in (self.link, *self.passed))


@dataclasses.dataclass
class CachedTargets:
    """The targets of links, and when they were read, in seconds of a monotonic clock."""

    live: tuple[Live, ...] = ()
    at: float = float("-inf")


class LinkTargets:
    """Thread safe cache of the targets of links, for one second."""

    def __init__(self, links: t.Sequence[bytes], clock: t.Callable[[], float] = time.monotonic) -> None:
        self._links, self._clock = links, clock
        self._lock, self._last = threading.Lock(), CachedTargets()

    def read(self, client: Client) -> tuple[Live, ...]:
        """The targets of the links, not older than a second. Raises NetStorageError where they cannot be read."""
        with self._lock:
            now, last = self._clock(), self._last
            if self._links and now - last.at > _FRESH:
                last.live, last.at = tuple(Live(link, tuple(_resolved(client, link))) for link in self._links), now
            return last.live


def refuse_unknown(live: t.Iterable[Live]) -> None:
    """Raises GuardTripped where a link does not exist or is not a symlink."""
    for link, passed in live:
        if not passed:
            raise GuardTripped(
                "protect_targets",
                f"{shown(link)} is not a symlink, so it is not known what is live",
                path=link,
                hint="Correct protect_targets, or remove the path from it.",
            )


def _resolved(client: Client, link: bytes) -> t.Iterator[bytes]:
    """The paths that a link leads to. Links in the middle of a path are followed too, in case the service does so."""
    row = _link_at(client, link)
    place, rest = link, b""
    for _hop in range(_HOPS):
        if row is None:
            return
        path = reached(place, row.target or b"") + rest
        yield path
        if cp_code(path) is None:
            return
        for place in ancestry(path):
            row, rest = _link_at(client, place), path[len(place) :]
            if row is not None:
                break
    raise BadReply(f"{shown(link)} leads from link to link, {_HOPS} times", path=link, action="stat")


def _link_at(client: Client, path: bytes) -> Entry | None:
    """The symlink at a path, if any. A path without access (403) is above everything that the account may delete."""
    try:
        return client.stat(path).link
    except AuthRefused:
        return None
