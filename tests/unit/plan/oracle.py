# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must come of a world, written from the rules and not from the planner: dictionaries, one question at a time."""

from __future__ import annotations

import collections

from ansible_collections.edgeops.netstorage.tests.unit.plan.worlds import Store, Thing, World, parents


class Oracle:
    """The answers for one world. ``refused``: a symlink stands where a directory must be, and may not give way."""

    def __init__(self, world: World) -> None:
        self._fates: dict[bytes, str] = {}
        self.local, self.store, self.rules = world
        self.wanted = self._wanted()
        self.gaps = {
            name: thing for name, thing in self.local.items() if thing.kind == "gap" and self._gap_counts(name)
        }
        self.unknown = any(gap.unknown for gap in self.gaps.values())
        self.implicit = {parent + b"/" for key in self.store for parent in parents(key.removesuffix(b"/"))} - set(
            self.store
        )
        links = [key for key, thing in self.store.items() if thing.kind == "link"]
        self.obstructing = {link for link in links if any(key.startswith(link + b"/") for key in self.wanted)}
        self.refused = not all(self._may_give_way(link) for link in self.obstructing)
        self.counts: collections.Counter[str] = collections.Counter()

    # -- the wanted side: filters, and directories for the sake of what is below

    def _wanted(self) -> Store:
        wanted: Store = {}
        for name, thing in self.local.items():
            key = name + b"/" if thing.kind == "dir" else name
            if thing.kind == "gap" and not self._gap_counts(name):
                continue
            if thing.kind != "gap" and not self.rules.takes(key):
                continue
            if thing.kind != "gap":
                wanted[key] = self._dated(thing)
            above = [*parents(name.removesuffix(b"/")), *([name[:-1]] if name.endswith(b"/") else [])]
            wanted.update({parent + b"/": Thing("dir") for parent in above})
        return wanted

    def _gap_counts(self, name: bytes) -> bool:
        if name.endswith(b"/"):
            return not any(not self.rules_enter(parent + b"/") for parent in [*parents(name[:-1]), name[:-1]])
        return self.rules.takes(name)

    def rules_enter(self, key: bytes) -> bool:
        return not self.rules.exclude or type(self.rules)(exclude=self.rules.exclude).takes(key)

    def _dated(self, thing: Thing) -> Thing:
        number = self.rules.mtime
        return thing._replace(mtime=number) if isinstance(number, int) and thing.kind != "dir" else thing

    # -- questions about what is there

    def _may_give_way(self, link: bytes) -> bool:
        return self.rules.replace_links and not self.rules.protects(link) and self.rules.takes(link)

    def _is_left_alone(self, key: bytes) -> bool:
        return any(key == gap or key.startswith(gap.removesuffix(b"/") + b"/") for gap in self.gaps)

    def _is_kept(self, key: bytes) -> bool:
        return self.rules.keep_existing or self.rules.protects(key)

    def fate(self, key: bytes) -> str:
        """Remembered, because one fate hangs on many others."""
        if key not in self._fates:
            self._fates[key] = self._fate(key)
        return self._fates[key]

    def _fate(self, key: bytes) -> str:
        """Of what is there and not wanted: apart, protected, unusual, shadowed, stays or goes."""
        if self._is_left_alone(key) or not self.rules.takes(key):
            return "apart"
        if self.rules.protects(key):
            return "protected" if self.rules.delete else "stays"
        if not self.rules.unusual_names and any(
            part in (b"", b".", b"..") for part in key.removesuffix(b"/").split(b"/")
        ):
            return "unusual"
        if self._is_shadowed(key):
            return "shadowed"
        return "goes" if self.rules.delete or key in self.obstructing else "stays"

    def _is_shadowed(self, key: bytes) -> bool:
        for name, thing in self.store.items():
            if thing.kind == "link" and key.startswith(name + b"/") and self._link_stays(name):
                return True
        if self.rules.delete:
            return False
        is_twin = key.endswith(b"/") and self.wanted.get(key[:-1], Thing("dir")).kind != "dir"
        return is_twin or any(key.startswith(name + b"/") for name in self.wanted if self._is_fresh_link(name))

    def _link_stays(self, name: bytes) -> bool:
        if name in self.obstructing:
            return False
        if name in self.wanted:
            return self.wanted[name].kind == "link" or self._is_kept(name)
        return self.fate(name) != "goes"

    def _is_fresh_link(self, name: bytes) -> bool:
        if self.wanted[name].kind != "link":
            return False
        there = self.store.get(name)
        return there is None or (there.kind == "file" and not self._is_kept(name))

    def must_wait(self, name: bytes) -> bool:
        """A link over what is deleted is made after the deletes."""
        if name not in self.wanted or not self._is_fresh_link(name):
            return False
        return any(key.startswith(name + b"/") and self.fate(key) == "goes" for key in self._extraneous())

    def _extraneous(self) -> list[bytes]:
        return [key for key in [*self.store, *self.implicit] if key not in self.wanted]

    # -- the end

    def final(self) -> Store:
        """The store afterwards. Fills the counts on the way."""
        final = dict(self.store)
        for key in self._extraneous():
            self._count_extraneous(key)
        self._remove_extraneous(final)
        for key, want in self.wanted.items():
            if want.kind == "dir":
                self._directory(final, key)
            else:
                self._object(final, key, want)
        return final

    def _remove_extraneous(self, final: Store) -> None:
        for link in self.obstructing:
            del final[link]
        if self.unknown:
            return
        for key in sorted(set(self._extraneous()) & set(final), key=len, reverse=True):
            holds_something = key.endswith(b"/") and any(other.startswith(key) and other != key for other in final)
            if self.fate(key) == "goes" and not holds_something:
                del final[key]

    def _count_extraneous(self, key: bytes) -> None:
        fate = self.fate(key)
        if fate == "apart":
            return
        if key in self.store:
            self.counts["objects"] += 1
            self.counts["content"] += self.store[key].kind != "dir"
        if fate in ("protected", "unusual", "shadowed"):
            self.counts[fate] += 1
        twin = key + b"/"
        if key in self.store and not key.endswith(b"/") and twin in self.wanted and not self.rules.delete:
            self.counts["shadowed"] += fate == "stays" and not self.rules.protects(key)

    def _directory(self, final: Store, key: bytes) -> None:
        self.counts["objects"] += key in self.store
        if key in self.store or (key in self.implicit and not self.rules.explicit):
            self.counts["unchanged"] += 1
        elif key in self.implicit and self.rules.protects(key):
            self.counts["protected"] += 1
        elif self.rules.explicit:
            final[key] = Thing("dir")

    def _object(self, final: Store, key: bytes, want: Thing) -> None:
        there = self.store.get(key)
        self.counts["wanted"] += 1
        for name in ("objects", "content", "shared"):
            self.counts[name] += there is not None
        after = want if there is None else self._compared(want, there)
        if there is None or (after != there and not self._is_kept(key)):
            if not (self.unknown and self.must_wait(key)):
                final[key] = after
        elif after == there or self.rules.keep_existing:
            self.counts["unchanged"] += 1
        else:
            self.counts["protected"] += 1

    def _compared(self, want: Thing, there: Thing) -> Thing:
        if want.kind != there.kind:
            return want
        if want.kind == "link":
            same = want.target.removesuffix(b"/") == there.target.removesuffix(b"/")
            return there if same else want
        if len(want.content) != len(there.content):
            return want
        looks = self.rules.compare == "checksum" or (self.rules.compare == "size_mtime" and want.mtime != there.mtime)
        if looks and want.content != there.content:
            return want
        return there._replace(mtime=want.mtime) if isinstance(self.rules.mtime, int) else there
