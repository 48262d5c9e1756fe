# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_sync: the wanted state is a whole local tree."""

from __future__ import annotations

import dataclasses
import time
import typing as t

from .._local.overlay import Overlay, Plain
from .._local.walk import Tree
from .._model.entries import Entry, Kind, Withheld
from .._model.errors import BadOptions, BadSource, SourceChanged
from .._model.filters import Filter, Patterns
from .._model.paths import encoded, is_within, relative, shown
from .._model.pattern_syntax import Pattern, Places, literal, parse_pattern
from .._model.temp_names import FENCE_STANDS
from .._plan.guards import HEAD, guard_content, guard_place
from .._plan.outcome import Outcome
from .._plan.policy import GuardRules, Policy
from .._plan.steps import Plan, Step
from .._review.review_options import ReviewOptions
from .._review.step_record import Subject
from .._shards.shard_options import ShardOptions, refuse_with_shards, shard_options
from .._usage_api.client import Client
from .base import OUT_OF_A_VAULT, RemoteTask
from .content_checks import SUFFIX
from .location import check_parallel, limit_of, lists_place, mtime_of, place_of, read_patterns, report_unmatched, usage_of
from .options import Common, SyncOptions
from .remote_tree import Stats, tree_of
from .upload_source import TreeSource

_OF_PATTERNS = ("include", "exclude", "protect", "immutable", "publish_last", "index_zip", "templates")


class SyncTask(RemoteTask):
    """Wanted are the contents of ``src``; present is everything below ``path``."""

    source: TreeSource

    def __init__(self, options: SyncOptions) -> None:
        self.parallel = options.parallel
        check_parallel(options.parallel)
        if not 0 <= options.verify_wait <= 3600:
            raise BadOptions(f"verify_wait: {options.verify_wait} is not between 0 and 3,600 seconds")
        self.on_error, self.verify_wait = options.on_error, options.verify_wait
        self.verify = "none" if options.phases == "early" else options.verify
        self.shard_options = _shard_options(options)
        common = _share_of_rate(options.common, self.shard_options)
        super().__init__(common, place_of(common, options.path, is_directory=True))
        if options.compare == "size_mtime" and options.mtime == "now":
            raise BadOptions("compare: size_mtime with mtime: now would change every file on every run")
        places = Places(self.path, encoded(options.src) if options.src.startswith("/") else b"")
        self.lists = lists_place(options.common, options.pending_path, self.path)
        self.rules = _rules(options, places)
        policy = _policy(options, places, _lists_below(self.path, self.lists))
        self.policy = dataclasses.replace(policy, fences_until=int(time.time()) - FENCE_STANDS)
        guard_place(self.path, self.rules)
        if not options.src:
            raise BadSource("src is empty", hint="An empty variable may have made it.")
        self.tree = _tree(options, self.policy.filter)
        self.source = TreeSource(self.policy.index_zip, self.tree)
        self._secret = frozenset(encoded(name) for name in options.secret_names)
        self._mtime = mtime_of(options.mtime, int(time.time()))
        self.review_options = self._review_options(options, places)

    def _review_options(self, options: SyncOptions, places: Places) -> ReviewOptions | None:
        asked = (options.plan_file, options.expect_plan, options.expect_digest)
        if all(option is None for option in asked):
            return None
        plan_file, expect_plan = (None if name is None else encoded(name) for name in asked[:2])
        subject = Subject(self.config.host.lower(), self.path, _reviewed_policy(options, places))
        return ReviewOptions(
            subject, plan_file, expect_plan, options.expect_digest, options.expect_within, encoded(options.src)
        )

    @property
    def base(self) -> bytes:
        return self.path

    def want(self, client: Client, stats: Stats, ordered: bool) -> t.Iterable[Entry | Withheld]:
        entries = self.tree.entries()
        if self.policy.index_zip:
            entries = map(self._may_be_indexed, entries)
        if self._mtime is None:
            return entries
        return (
            entry._replace(mtime=self._mtime) if isinstance(entry, Entry) and entry.kind is not Kind.DIRECTORY else entry
            for entry in entries
        )

    def _may_be_indexed(self, entry: Entry | Withheld) -> Entry | Withheld:
        if isinstance(entry, Entry) and self.source.indexes(entry) and not entry.name.endswith(SUFFIX):
            hint = "The service indexes archives of that name only. Rename it, or leave it out of index_zip."
            raise BadOptions(f"{shown(entry.name)} matches index_zip and does not end in .zip", hint=hint)
        return entry

    def have(self, client: Client, stats: Stats, ordered: bool) -> t.Iterable[Entry]:
        row = self.found(stats).directory
        return [] if row is None else tree_of(client, self.path, row, ordered)

    def hidden(self, step: Step) -> str:
        return OUT_OF_A_VAULT if step.entry.name in self._secret else ""

    def inspect(self, plan: Plan) -> None:
        self.source.check_archives(plan)
        if not self.rules.refuse:
            return
        for step in plan.steps:
            if not step.size:
                continue
            guard_content(step.path, self.source.text(step, HEAD))

    def veto_delete(self, client: Client, step: Step) -> SourceChanged | None:
        if not self.tree.holds(step.entry.name, step.entry.kind is Kind.DIRECTORY):
            return None
        return SourceChanged(
            f"{shown(step.path)} was to be deleted, and has appeared in the source since",
            path=step.path,
            hint="Nothing was deleted there. Run the task again.",
        )

    def report(self, stats: Stats, outcome: Outcome) -> None:
        report_unmatched(outcome, self.policy.filter.pattern_usage)


def _shard_options(options: SyncOptions) -> ShardOptions | None:
    read = shard_options(options.phases, options.shard, options.shards)
    by_digest = options.expect_digest is not None and options.expect_plan is None
    refuse_with_shards(read, bool(options.templates), by_digest)
    return read


def _share_of_rate(common: Common, options: ShardOptions | None) -> Common:
    """The limit on requests is that of all shares together, because the service counts the requests of all hosts."""
    rate = common.max_requests_per_second
    if rate is None or options is None:
        return common
    return dataclasses.replace(common, max_requests_per_second=rate / options.share.count)


def _tree(options: SyncOptions, taken: Filter) -> Tree | Overlay:
    root, templates = encoded(options.src), Patterns(options.templates, "templates")
    if not templates:
        return Tree(root, options.links, taken)
    if options.rendered is None:
        raise BadOptions(
            "templates came to the module itself, without its action plugin on the controller",
            hint="Call ns_sync by its full name, edgeops.netstorage.ns_sync. Templates are rendered on the controller only.",
        )
    below = Tree(root, options.links, Plain(taken, templates))
    return Overlay(below, Tree(encoded(options.rendered), "preserve", taken), templates)


def _rules(options: SyncOptions, places: Places) -> GuardRules:
    return GuardRules(
        tree=True,
        allow_empty_source=options.allow_empty_source,
        allow_root=options.allow_root,
        adopt=options.adopt,
        max_delete=limit_of("max_delete", options.max_delete),
        max_replace=limit_of("max_replace", options.max_replace),
        refuse=Patterns(options.refuse, "refuse", places).parsed,
    )


def _lists_below(path: bytes, lists: bytes | None) -> list[Pattern]:
    """The pattern for the directory of lists, where it lies in the tree: it takes no part, whatever the task says."""
    if lists is None or not is_within(lists, path):
        return []
    return [parse_pattern(literal(relative(lists, path) + b"/"), "pending_path")]


def _policy(options: SyncOptions, places: Places, left_out: t.Sequence[Pattern]) -> Policy:
    given = read_patterns(options, _OF_PATTERNS, places)
    include, exclude = given["include"].parsed, (*given["exclude"].parsed, *left_out)
    return Policy(
        compare=options.compare,
        mtime=options.mtime,
        explicit=options.common.directories == "explicit",
        ancestors=options.common.directories == "explicit",
        delete=options.delete,
        replace_links=options.replace_links,
        filter=Filter(include, exclude, pattern_usage=usage_of(options, given)),
        protect=given["protect"],
        immutable=given["immutable"],
        last=tuple(Patterns([pattern]) for pattern in given["publish_last"].parsed),
        index_zip=given["index_zip"],
        unusual_names=options.common.unusual_names == "allow",
    )


def _reviewed_policy(options: SyncOptions, places: Places) -> dict[str, t.Any]:
    """What of the options decides about the plan; patterns in one spelling. Not what only changes how it is carried out."""
    given = read_patterns(options, _OF_PATTERNS, places)
    return {
        "delete": options.delete,
        "directories": options.common.directories,
        "links": options.links,
        "replace_links": options.replace_links,
        "mtime": options.mtime if options.mtime in ("preserve", "now") else str(int(options.mtime)),
        "unusual_names": options.common.unusual_names,
        **{option: [pattern.normal for pattern in patterns.parsed] for option, patterns in given.items()},
    }
