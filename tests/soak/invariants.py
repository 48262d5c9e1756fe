# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must hold at whatever moment a deploy was ended: whole objects, nothing else touched, nothing deleted too early."""

from __future__ import annotations

import re
import typing as t
from urllib.parse import unquote

from ansible_collections.edgeops.netstorage.tests.integration.service import ROOT, Link, Request
from ansible_collections.edgeops.netstorage.tests.soak.site import SITE, Knobs

Facts = dict[str, t.Any]
"""What stands at each name below the CP code: the md5 of a file, DIR, or a Link. Names of directories end in a slash."""

_TEMPORARY = re.compile(r"(?P<folder>(?:.*/)?)\.(?P<name>[^/]+)\.new-[0-9a-f]{12}")
_FENCE = re.compile(r"(?P<folder>(?:.*/)?)\.(?P<name>[^/]+)\.old-[0-9a-f-]{40}")
PHASES = (
    "before the first request", "tasks before", "looking", "directories", "uploads", "links", "deletes", "tasks behind",
    "at the end",
)  # fmt: skip
"""Where a kill can fall, see ``where``."""
_TOLD = 8  # names that a message shows


class Moment:
    """The tree ``now`` of a deploy that leads from ``old`` to ``new``, on a service with these knobs."""

    def __init__(self, now: Facts, old: Facts, new: Facts, knobs: Knobs) -> None:
        self.now, self.old, self.new = now, old, new
        self._gaps, self._replaces = "symlink_existing" in knobs, not knobs

    def check(self, requests: t.Sequence[Request]) -> None:
        """AssertionError names what is wrong."""
        names = self.now.keys() | self.old.keys() | self.new.keys()
        wrong = sorted(name for name in names if not self._may_be(name))
        assert not wrong, f"neither as before nor as wanted: {self._described(wrong)}"
        self._nothing_is_deleted_early()
        wanted = [name_of(request) for request in requests if self._replaces and request["action"] == "delete"]
        assert not self.new.keys() & set(wanted), f"deleted although it is to stay: {self._described(wanted)}"
        deletes_come_last(requests, self.doomed())

    def doomed(self) -> set[str]:
        """What the deploy deletes."""
        return {name for name in self.old if name not in self.new}

    def _may_be(self, name: str) -> bool:
        now, old, new = (facts.get(name) for facts in (self.now, self.old, self.new))
        if now in (old, new):
            return True
        if now is None:
            return type(old) is not type(new) or (self._gaps and isinstance(old, Link))
        return old is None and new is None and self._waits(name, now)

    def _waits(self, name: str, now: object) -> bool:
        """Whether this is a new object under its temporary name, or an old one that has made room for it."""
        for pattern, facts in ((_TEMPORARY, self.new), (_FENCE, self.old)):
            match = pattern.fullmatch(name)
            owner = match["folder"] + match["name"] if match else ""
            if owner in self.old and now == facts.get(owner) and self.new.get(owner) != self.old[owner]:
                return True
        return False

    def _nothing_is_deleted_early(self) -> None:
        gone = sorted(name for name in self.doomed() if name not in self.now)
        missing = sorted(name for name in self._wanted_first() if self.now.get(name) != self.new[name])
        assert not gone or not missing, f"deleted: {self._described(gone)}; although not yet sent: {self._described(missing)}"

    def _wanted_first(self) -> t.Iterator[str]:
        """What the sync sends before it deletes: all but links in the place of a directory that goes."""
        for name, fact in self.new.items():
            late = isinstance(fact, Link) and f"{name}/" in self.old and name not in self.old
            if name.startswith(SITE) and not late:
                yield name

    def _described(self, names: t.Sequence[str]) -> str:
        told = [f"{name} is {self.now.get(name)}, was {self.old.get(name)}, is to be {self.new.get(name)}" for name in names]
        return "; ".join(told[:_TOLD]) + (f" and {len(told) - _TOLD} more" if len(told) > _TOLD else "")


def deletes_come_last(requests: t.Sequence[Request], doomed: t.Collection[str]) -> None:
    """In the order of the journal, nothing is uploaded to the site after the first delete of what is extraneous."""
    early = ""
    for request in requests:
        name = name_of(request)
        if request["action"] in ("delete", "rmdir") and (name in doomed or f"{name}/" in doomed):
            early = early or name
        elif request["action"] in ("upload", "mkdir", "rename") and name.startswith(SITE):
            assert not early, f"{request['action']} {name} came after the delete of {early}"


def name_of(request: Request) -> str:
    """Below the CP code, without the slash of a directory."""
    return unquote(str(request["path"]).partition("?")[0]).removeprefix(f"{ROOT}/").rstrip("/")


def same_tree(now: Facts, wanted: Facts) -> None:
    differing = sorted(name for name in now.keys() | wanted.keys() if now.get(name) != wanted.get(name))
    told = "; ".join(f"{name} is {now.get(name)} and not {wanted.get(name)}" for name in differing[:_TOLD])
    assert not differing, f"{len(differing)} objects differ from an undisturbed run: {told}"


def without_fences(now: Facts) -> Facts:
    """What made room in a run that was killed stays for an hour, whoever runs next."""
    return {name: fact for name, fact in now.items() if not _FENCE.fullmatch(name)}


def where(requests: t.Sequence[Request], now: Facts, new: Facts) -> str:
    """How far a play had come, by what it sent last."""
    if not requests:
        return "before the first request"
    site = [request for request in requests if is_of_site(request)]
    changed = [request for request in site if request["action"] not in ("stat", "list", "dir")]
    if not site:
        return "tasks before"
    if all(now.get(name) == fact for name, fact in new.items() if name.startswith(SITE)):
        return "tasks behind" if now != new else "at the end"
    return _phase(changed[-1]) if changed else "looking"


def _phase(request: Request) -> str:
    if ".new-" in name_of(request) or ".old-" in name_of(request):
        return "links"
    by_action = {"mkdir": "directories", "upload": "uploads", "symlink": "links", "rename": "links"}
    return by_action.get(str(request["action"]), "deletes")


def is_of_site(request: Request) -> bool:
    return f"{name_of(request)}/".startswith(SITE)
