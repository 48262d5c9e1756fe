# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""ns_fetch: what is on the service is wanted in a local directory."""

from __future__ import annotations

import os
import stat
import typing as t

from .._local.file_content import head_of, md5_of, seconds_of
from .._local.walk import Tree
from .._local.writer import Writer
from .._model.entries import Entry, Found, Kind, Withheld
from .._model.errors import BadOptions, GuardTripped, LinkInTheWay, LocalUnknown, NotFound
from .._model.filters import Filter, Patterns, taking_part
from .._model.paths import basename, encoded, join, shown
from .._model.temp_names import note_beside, temporary
from .._plan.compare import Answer, Question
from .._plan.march import Pair, march, with_implicit
from .._plan.names import storable
from .._plan.outcome import Outcome
from .._plan.policy import GuardRules, Policy
from .._plan.steps import Plan, Step, StepKind, Why
from .._usage_api.client import Client
from .._usage_api.xml_parser import Usage
from . import unlisted
from .base import Task
from .location import check_parallel, limit_of, place_of
from .options import FetchOptions
from .remote_tree import Look, tree_of

_NO_FILTER = Filter()


class _Listed(t.NamedTuple):
    """How much a listing has shown, to be held against what ``du`` says. Whether that counts bytes of links is not known."""

    objects: int = 0
    bytes: int = 0
    links: int = 0

    def fits(self, usage: Usage) -> bool:
        return self.objects == usage.files and (self.links > 0 or self.bytes == usage.bytes)


class FetchTask(Task):
    """Wanted is a file, or everything below ``path``; present is what is in ``dest``.

    Whether it is a file is known when the service has been asked (``look``); until then nothing is asked of the task.
    """

    far_side = "new"

    def __init__(self, options: FetchOptions) -> None:
        self.parallel, self.on_error = options.parallel, options.on_error
        check_parallel(options.parallel)
        super().__init__(options.common, place_of(options.common, options.path))
        self._dest = encoded(options.dest)
        if b"\0" in self._dest:
            raise BadOptions(f"dest: {shown(self._dest)} has a NUL")
        if not self._dest.startswith(b"/"):
            hint = "Write it from the root of the file system on, such as {{ playbook_dir }}/mirror."
            raise BadOptions(f"dest: {shown(self._dest)} is not absolute", hint=hint if self._dest else "An empty variable?")
        self._folder = os.path.normpath(b"/" + self._dest.lstrip(b"/"))
        if self._folder == b"/":
            raise BadOptions("dest is the root of the file system")
        self._links, self._mode = options.links, options.mode
        self.rules = _tree_rules(options)
        self.policy = _policy(options)
        self._file: bytes | None = None
        self._listed = _Listed()

    # -- what is wanted, and where it goes

    def look(self, client: Client) -> Look:
        found = client.stat(self.path)
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
            self._becomes_a_file()
        elif os.path.lexists(self._folder) and not os.path.isdir(self._folder):
            raise BadOptions(f"dest: {shown(self._folder)} is no directory, and {shown(self.path)} is one")
        return {self.path: found}

    def _becomes_a_file(self) -> None:
        """In dest where that is a directory or ends in a slash, else dest itself."""
        self.rules = GuardRules()
        if self._dest.endswith(b"/") or os.path.isdir(self._folder):
            self._file = basename(self.path)
        else:
            self._folder, self._file = os.path.split(self._folder)
        if os.path.isdir(join(self._folder, self._file)) and not os.path.islink(join(self._folder, self._file)):
            raise BadOptions(f"dest: {shown(join(self._folder, self._file))} is a directory, and {shown(self.path)} a file")

    @property
    def base(self) -> bytes:
        return self._folder

    def way(self, look: Look) -> t.Iterable[tuple[bytes, Found | None]]:
        """The directories that are missing above, dest among them."""
        missing: list[tuple[bytes, Found | None]] = []
        path = self._folder
        while not os.path.isdir(path):
            if os.path.lexists(path):
                raise BadOptions(f"dest: {shown(path)} is no directory")
            missing.append((path, Found()))
            path = os.path.dirname(path)
        return missing[::-1]

    def pairs(self, client: Client, found: Found, ordered: bool) -> t.Iterable[Pair]:
        return march(self._wanted(client, found, ordered), self._present())

    def _wanted(self, client: Client, found: Found, ordered: bool) -> t.Iterator[Entry | Withheld]:
        if self._file is not None:
            return storable(os.path.dirname(self.path), [found[0]._replace(name=self._file)], self._links)
        listed = self._counted(tree_of(client, self.path, found[0], ordered), found[0])
        taken = self.policy.filter
        entering = (
            entry
            for entry in with_implicit(listed)
            if taken.everything or (taken.enters if entry.kind is Kind.DIRECTORY else taken.takes)(entry.key)
        )
        part = entering if taken.everything else t.cast("t.Iterator[Entry]", taking_part(entering, taken))
        return storable(self.path, part, self._links)

    def _counted(self, entries: t.Iterable[Entry], directory: Entry) -> t.Iterator[Entry]:
        objects, size, links = int(not directory.implicit), 0, 0
        for entry in entries:
            objects += not entry.implicit  # a walk names these as well
            size += entry.size or 0
            links += entry.kind is Kind.SYMLINK
            yield entry
        self._listed = _Listed(objects, size, links)

    # -- what is there

    def _present(self) -> t.Iterator[Entry]:
        if self._file is not None:
            yield from sorted([*self._one_present(self._file), *self._left_over(self._file)], key=lambda entry: entry.key)
        elif os.path.isdir(self._folder):
            for entry in Tree(self._folder, "verbatim", _NO_FILTER).entries():
                if isinstance(entry, Entry):
                    yield entry
                else:
                    yield from self._odd(entry)

    def _one_present(self, name: bytes) -> t.Iterator[Entry]:
        path = join(self._folder, name)
        if not os.path.lexists(path):
            return
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            yield Entry(name, Kind.SYMLINK, target=os.readlink(path))
        elif stat.S_ISREG(status.st_mode):
            yield Entry(name, Kind.FILE, status.st_size, mtime=seconds_of(status))
        else:
            yield from self._odd(Withheld(name, "neither file, directory nor symlink", True))

    def _left_over(self, name: bytes) -> t.Iterator[Entry]:
        """What a run that was killed has left of this one file."""
        waiting = temporary(join(self._folder, name), Kind.FILE)
        for path in (waiting, note_beside(waiting)):
            if os.path.isfile(path) and not os.path.islink(path):
                yield Entry(basename(path), Kind.FILE, os.lstat(path).st_size)

    def _odd(self, region: Withheld) -> t.Iterator[Entry]:
        """Something that cannot be read or is of no kind that there is here: it stays where the task leaves it alone anyway."""
        name, policy = region.name, self.policy
        inside = region.name.endswith(b"/")
        if (policy.filter.enters if inside else policy.filter.takes)(name) and not policy.protect.match(name):
            raise LocalUnknown(
                f"{shown(join(self._folder, name))}: {region.why}",
                path=join(self._folder, name),
                hint="Nothing was changed. Remove it, make it readable, or leave it out with exclude.",
            )
        if not inside:
            yield Entry(name, Kind.FILE, 0)

    def digest(self, client: Client, question: Question) -> Answer:
        want = question.want
        local = join(self._folder, want.name)
        if want.md5 is not None:
            return Answer(md5_of(local, want.size or 0))
        return unlisted.answer_about(local, client, self._remote(want.name), question, self.policy)

    # -- what is done about it

    def writer(self) -> Writer:
        return Writer(self._folder, self._mode)

    def remote_path(self, step: Step) -> bytes:
        return self._remote(step.entry.name)

    def _remote(self, name: bytes) -> bytes:
        return self.path if self._file is not None else join(self.path, name)

    def new_text(self, client: Client, step: Step, limit: int) -> bytes:
        return client.download(self.remote_path(step), limit=limit)

    def old_text(self, client: Client, step: Step, limit: int) -> bytes:
        return head_of(step.path, limit)

    def confirm(self, client: Client, plan: Plan) -> None:
        """Deletes need a listing that is whole, so the service is asked how much there is."""
        if self._file is not None or not any(step.after is None and step.why is not Why.LEFT_OVER for step in plan.steps):
            return
        try:
            usage = client.du(self.path)
        except NotFound:
            usage = Usage(0, 0)
        if not self._listed.fits(usage):
            raise GuardTripped(
                "listing_differs",
                f"{shown(self.path)} was listed with {self._listed.objects} objects and {self._listed.bytes} bytes, and du "
                f"counts {usage.files} and {usage.bytes}: what is missing in the listing would be deleted",
                path=self.path,
                hint="Run the task again when nothing changes there, or without delete.",
            )

    def report(self, outcome: Outcome, found: Found) -> None:
        outcome.extra["dest"] = shown(self._folder if self._file is None else join(self._folder, self._file))
        if self._file is not None:
            outcome.entry = found[0] if found else None


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


def _policy(options: FetchOptions) -> Policy:
    return Policy(
        compare=options.compare,
        mtime="wanted",
        brings=StepKind.DOWNLOAD,
        delete=options.delete,
        filter=Filter(options.include, options.exclude),
        protect=Patterns(options.protect, "protect"),
        unusual_names=True,
    )
