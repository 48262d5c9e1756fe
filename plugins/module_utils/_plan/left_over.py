# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Temporary objects of killed runs, and fences, which made room for another object a short while ago. None of it is content."""

from __future__ import annotations

from .._model.entries import Entry, Kind
from .._model.paths import join, relative
from .._model.temp_names import Fence, fence_at, may_wait, owner_of, without_note
from .policy import Policy


class LeftOver:
    """Recognises them among the present entries that are not wanted.

    waiting   names of temporary files, by the name of the file that they will become; where files are fetched
    """

    def __init__(self, base: bytes, policy: Policy) -> None:
        self._base, self._policy = base, policy
        self.waiting: dict[bytes, list[bytes]] = {}
        self._fences = 0

    def must_stay(self, have: Entry) -> bool:
        """Whether this is a recent fence: another run may still be active, or its requests may be late."""
        fence, until = self._fence(have), self._policy.fences_until
        stays = fence is not None and until is not None and fence.made > until
        self._fences += stays
        return stays

    def waits(self, have: Entry) -> bool:
        """Whether this is a temporary object of a killed run."""
        if self._fence(have) is not None:
            return True
        return self._policy.move is None and may_wait(join(self._base, self._beside(have)), have.kind)

    def goes(self, have: Entry) -> bool:
        """Whether the filters include the owner of a temporary object: then the object is deleted in any case."""
        fence = self._fence(have)
        owner = fence.owner if fence is not None else owner_of(join(self._base, self._beside(have)), have.kind)
        if owner is None or self._policy.protect.match(have.key):
            return False
        name = relative(owner, self._base)
        if self._policy.fetches:
            self.waiting.setdefault(name, []).append(have.name)
        return self._policy.filter.takes(name)

    def note(self) -> str:
        """A note that fences had to stay; empty where there were none."""
        if not self._fences:
            return ""
        what = "object that made room for another was" if self._fences == 1 else "objects that made room for others were"
        return f"{self._fences} {what} left alone: less than an hour old, and another run may need it"

    def _fence(self, have: Entry) -> Fence | None:
        looks_so = self._policy.fences_until is not None and b".old-" in have.name and have.kind is not Kind.DIRECTORY
        return fence_at(join(self._base, have.name)) if looks_so else None

    def _beside(self, have: Entry) -> bytes:
        """Its name, or for a version note, the name of the file it is about. There are notes only where files are fetched."""
        return without_note(have.name) if self._policy.fetches and have.kind is Kind.FILE else have.name
