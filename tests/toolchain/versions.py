# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the version of the collection stands, what the changelog says of one, and which one may come next.

galaxy.yml names the release that was made last, or before the first one the release to come. All other places say the same.
"""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

Changes = t.Mapping[str, t.Any]
"""One release of changelogs/changelog.yaml."""

Version = tuple[int, int, int]
SUMMARY_ONLY = {"release_summary", "trivial"}
MAJOR = {"breaking_changes", "removed_features"}
MINOR = {"major_changes", "minor_changes", "deprecated_features"}
REQUIRED = ", required"
EXPERIMENTAL = ", experimental"
LISTS = ("modules", "plugins", "objects")
PLACES = (
    ("galaxy.yml", r"^version: (\S+)$"),
    ("plugins/module_utils/_review/document.py", r'^COLLECTION = "(.+)"$'),
    ("*/emulator/**/netstorage_emulator/__init__.py", r'^__version__ = "(.+)"$'),
    ("*/emulator/**/pyproject.toml", r'^version = "(.+)"$'),
    ("*/emulator/**/CHANGELOG.md", r"^## (\S+) \(unreleased\)$"),
)
"""The files, and what stands before and behind the version in them; the emulator is of the same version."""

EMULATOR_CHANGES = "roles/emulator/files/CHANGELOG.md"
PINNED = ("README.md", "docs/**/*.md", "docs/**/*.rst", "roles/*/README.md")
PIN = re.compile(r"(?:(?:/netstorage\.git\n +type: git|name: edgeops\.netstorage)\n +version: \"?|/netstorage\.git,)([^\"\s]+)")
"""In a requirements.yml or a command that a page shows."""


def parsed(version: str) -> Version:
    """``1.2.3`` as numbers. Raises ValueError for anything else, a pre-release too."""
    found = re.fullmatch(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", version)
    if not found:
        raise ValueError(f"{version!r} is no version of three numbers, such as 1.2.3")
    major, minor, patch = map(int, found.groups())
    return major, minor, patch


def patterns(root: Path) -> t.Iterator[tuple[Path, re.Pattern[str]]]:
    """Every file that may name the version, with how it does; environments and caches in the checkout are not looked into."""
    for glob, pattern in PLACES:
        files = [file for file in root.glob(glob) if not {"build", "dist"} & set(file.parts)]
        if not files:
            raise FileNotFoundError(f"There is no {glob} in {root}")
        yield from ((file, re.compile(pattern, re.M)) for file in files)
    for glob in PINNED:
        yield from ((file, PIN) for file in sorted(root.glob(glob)))


def versions_in(root: Path) -> dict[str, set[str]]:
    """The versions that the files of a checkout name, by file. A page without a pinned version is left out."""
    found = {
        file.relative_to(root).as_posix(): {match[1] for match in pattern.finditer(file.read_text(encoding="utf-8"))}
        for file, pattern in patterns(root)
    }
    return {file: versions for file, versions in found.items() if versions}


def set_version(root: Path, version: str) -> None:
    """Write it into all of these files."""
    for file, pattern in patterns(root):
        text = file.read_text(encoding="utf-8")
        changed = pattern.sub(lambda match: match[0].replace(match[1], version), text)
        if changed != text:
            file.write_text(changed, encoding="utf-8")


# -- the changelog


def date_emulator_changes(text: str, version: str) -> str:
    """The changelog of the emulator's package when this version is released; it may have nothing to say of it."""
    if f"\n## {version} (unreleased)\n" in text:
        return text.replace(f"\n## {version} (unreleased)\n", f"\n## {version}\n")
    start = text.index("\n## ")
    return f"{text[:start]}\n## {version}\n\nNothing but the number.\n{text[start:]}"


def things(root: Path) -> dict[str, list[str]]:
    """What a release has to list, by kind: the names of modules, lookups, filters, roles and playbooks."""
    folders = {"module": "plugins/modules", "lookup": "plugins/lookup", "filter": "plugins/filter", "playbook": "playbooks"}
    suffixes = {"playbook": ".yml"}
    found = {
        kind: sorted(file.stem for file in (root / folder).glob(f"*{suffixes.get(kind, '.py')}"))
        for kind, folder in folders.items()
    }
    return found | {"role": sorted(file.parents[1].name for file in root.glob("roles/*/meta/argument_specs.yml"))}


def listed(release: Changes) -> dict[str, set[str]]:
    """What a release of the changelog calls new, by kind."""
    kinds = {"module": release.get("modules", []), **release.get("plugins", {}), **release.get("objects", {})}
    return {kind: {entry["name"] for entry in entries} for kind, entries in kinds.items()}


def unlisted(root: Path, releases: t.Mapping[str, Changes]) -> list[str]:
    """What no release of the changelog lists, such as ``module ns_sync``."""
    known = [listed(release) for release in releases.values()]
    return [
        f"{kind} {name}"
        for kind, names in things(root).items()
        for name in names
        if not any(name in one.get(kind, ()) for one in known)
    ]


def says_nothing(release: Changes) -> bool:
    """Whether a user would read of no change at all; a summary alone is none."""
    return not set(release.get("changes", {})) - SUMMARY_ONLY and not any(release.get(name) for name in LISTS)


def least_after(last: str | None, release: Changes, surface: t.Collection[str] = (), was: t.Collection[str] = ()) -> Version:
    """The lowest version that semantic versioning allows.

    Args:
        last: the release before, if there was one.
        release: what the changelog says.
        surface: the facts of the public surface now; see tests/public_surface.txt.
        was: those of the release before.
    """
    if last is None:
        return (0, 0, 1)
    major, minor, patch = parsed(last)
    sections = set(release.get("changes", {}))
    if sections & MAJOR or breaking(surface, was):
        return (major + 1, 0, 0)
    if sections & MINOR or any(release.get(name) for name in LISTS) or set(surface) - set(was):
        return (major, minor + 1, 0)
    return (major, minor, patch + 1)


def breaking(surface: t.Collection[str], was: t.Collection[str]) -> list[str]:
    """The facts that break a playbook which worked: those that went, and what is required now of a thing that was there.

    That something need no longer be set is no such fact. Nor is any of a thing that was experimental.
    """
    there = {fact.partition(",")[0] for fact in was}
    gone = [fact for fact in set(was) - set(surface) if not fact.endswith(REQUIRED)]
    asked = [fact for fact in set(surface) - set(was) if fact.endswith(REQUIRED) and fact.partition(",")[0] in there]
    loose = {fact.removesuffix(EXPERIMENTAL) for fact in was if fact.endswith(EXPERIMENTAL)}
    return sorted(fact for fact in gone + asked if fact.partition(",")[0] not in loose)


def is_refused(version: str, tags: t.Collection[str], release: Changes, least: Version) -> str:
    """Why this version must not be released, or nothing."""
    if version in tags:
        return f"There is a tag {version} already."
    if says_nothing(release):
        return f"The changelog has nothing to say of {version}: add a fragment to changelogs/fragments."
    if parsed(version) < least:
        wanted = ".".join(map(str, least))
        return f"After what changed the version is {wanted} or higher, not {version}: see the changelog and the public surface."
    return ""


def newest(tags: t.Iterable[str]) -> str | None:
    """The highest of the tags that are versions."""
    found = [tag for tag in tags if re.fullmatch(r"\d+\.\d+\.\d+", tag)]
    return max(found, key=parsed, default=None)
