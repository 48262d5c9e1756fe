# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a release: ``release.py VERSION``, ``release.py --dry-run [VERSION]`` or ``release.py --tarball``.

VERSION    sets the version, makes the changelog, commits, tags, and builds the tarball. It publishes nothing: the last lines name
           the commands that do
--dry-run  the same in a clone that is removed again; the checkout stays as it is
--tarball  builds the tarball of the commit that is checked out, the same bytes as whoever else builds it

All is done in a clone, so a release that fails leaves the checkout as it was.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

import yaml
from collection_tree import GIT
from surroundings import NAME, NAMESPACE, ROOT, clean_environment, venv_bin
from tarball import listing, names_in, repacked
from versions import EMULATOR_CHANGES, date_emulator_changes, is_refused, least_after, newest, parsed, set_version, unlisted

BRANCH = "main"
CHANGELOG = "changelogs/changelog.yaml"
SURFACE = "tests/public_surface.txt"
NOBODY = {"NAME": "dry run", "EMAIL": "dry-run@localhost"}


class Refused(Exception):
    """No release can be made of this; the text says why and what helps."""


class Built(t.NamedTuple):
    """A tarball, and the version in it."""

    version: str
    content: bytes

    @property
    def name(self) -> str:
        return f"{NAMESPACE}-{NAME}-{self.version}.tar.gz"


def say(text: str) -> None:
    print(text, flush=True)


def environment() -> dict[str, str]:
    """With the user's own home, where git has the name and the key that commits and tags are signed with."""
    return clean_environment(own_home=False)


def run(*command: str, folder: Path, variables: t.Mapping[str, str] | None = None) -> str:
    """The output of a program. Raises Refused, with all that it said, where it fails."""
    done = subprocess.run(
        command, cwd=folder, env={**environment(), **(variables or {})}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Refused(f"{' '.join(command)} ended with status {done.returncode}:\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout


def git(folder: Path, *arguments: str, variables: t.Mapping[str, str] | None = None) -> str:
    return run(*GIT, *arguments, folder=folder, variables=variables).strip()


def tool(name: str, *arguments: str, folder: Path) -> str:
    return run(str(venv_bin() / name), *arguments, folder=folder)


def why_not_here() -> list[str]:
    """What forbids a release of this checkout as it is at the moment."""
    branch, found = git(ROOT, "branch", "--show-current"), []
    if branch != BRANCH:
        found.append(f"The branch is {branch or 'none'}, and releases are made of {BRANCH}.")
    if git(ROOT, "status", "--porcelain"):
        found.append("There are changes that are not committed: commit them, or put them away with git stash -u.")
    return found


def tags() -> list[str]:
    return git(ROOT, "tag", "--list").splitlines()


def cloned(source: Path, target: Path, what: str) -> Path:
    """A clone, with this commit or tag checked out as the main branch."""
    git(target.parent, "clone", "--quiet", "--no-checkout", str(source), str(target))
    git(target, "checkout", "--quiet", "-B", BRANCH, what)
    return target


def releases(folder: Path) -> dict[str, t.Any]:
    found: dict[str, t.Any] = yaml.safe_load((folder / CHANGELOG).read_text(encoding="utf-8"))["releases"]
    return found


def surface_of(last: str | None) -> list[str]:
    """The facts of the public surface as they were released; none before the first release."""
    return [] if last is None else git(ROOT, "show", f"{last}:{SURFACE}").splitlines()


def prepare(clone: Path, version: str) -> None:
    """Set the version and make the changelog, in the clone. Raises Refused where there must not be such a release."""
    last, before = newest(tags()), releases(clone)
    set_version(clone, version)
    emulator = clone / EMULATOR_CHANGES
    emulator.write_text(date_emulator_changes(emulator.read_text(encoding="utf-8"), version), encoding="utf-8")
    if version not in before:
        tool("antsibull-changelog", "release", "--version", version, folder=clone)
    release = releases(clone)[version]
    surface = (clone / SURFACE).read_text(encoding="utf-8").splitlines()
    reason = is_refused(version, tags(), release, least_after(last, release, surface, surface_of(last)))
    if reason:
        raise Refused(reason)
    missing = unlisted(clone, releases(clone))
    if missing:
        raise Refused(f"No release of the changelog lists {', '.join(missing)}: is its version_added {version}?")


def commit(clone: Path, version: str, variables: t.Mapping[str, str]) -> None:
    """Commit what was prepared, and tag it."""
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", f"release: {version}", variables=variables)
    git(clone, "tag", "--annotate", version, "--message", f"{NAMESPACE}.{NAME} {version}", variables=variables)


def identity(is_dry: bool) -> dict[str, str]:
    """Who commits, as the checkout has it; a dry run needs nobody."""
    found = {key: git(ROOT, "config", "--default", "", "--get", f"user.{key.lower()}") for key in NOBODY}
    if not all(found.values()) and not is_dry:
        raise Refused("git does not know who you are: set user.name and user.email.")
    known = found if all(found.values()) else NOBODY
    return {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in known.items()}


def built(clone: Path, scratch: Path) -> Built:
    """The tarball of the commit that the clone has checked out."""
    moment = int(git(clone, "log", "-1", "--format=%ct"))
    scratch.mkdir()
    tool("ansible-galaxy", "collection", "build", str(clone), "--output-path", str(scratch), folder=scratch)
    version = yaml.safe_load((clone / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    return Built(version, repacked((scratch / f"{NAMESPACE}-{NAME}-{version}.tar.gz").read_bytes(), moment))


def built_twice(clone: Path, scratch: Path) -> Built:
    """From two clones of one commit. Raises Refused where the tarballs differ."""
    first = built(clone, scratch / "first")
    second = built(cloned(clone, scratch / "again", git(clone, "rev-parse", "HEAD")), scratch / "second")
    if first != second:
        names = set(listing(first.content)) ^ set(listing(second.content))
        raise Refused(f"Two builds of one commit differ: {', '.join(sorted(names)) or 'in the content of files'}")
    return first


def install(tarball: Built, scratch: Path) -> None:
    """By ansible-galaxy, which compares every file with its digest; then look whether all is there. Raises Refused."""
    file, target = scratch / tarball.name, scratch / "installed"
    file.write_bytes(tarball.content)
    # By force: the environment has the checkout as this collection, and so nothing would be done.
    tool("ansible-galaxy", "collection", "install", str(file), "--offline", "--force", "-p", str(target), folder=scratch)
    home = target / "ansible_collections" / NAMESPACE / NAME
    there = {path.relative_to(home).as_posix() for path in home.rglob("*")}
    missing = sorted(set(names_in(tarball.content)) - there)
    if missing:
        raise Refused(f"ansible-galaxy did not install {len(missing)} files, such as {missing[0]}")


def show(tarball: Built, clone: Path, *, is_dry: bool) -> None:
    digest = hashlib.sha256(tarball.content).hexdigest()
    if is_dry:
        say("\n".join(["", f"In {tarball.name}:", *listing(tarball.content), ""]))
        say(git(clone, "show", "--stat", "--format=%h %s", "HEAD"))
    say(f"\n{tarball.name}: {len(tarball.content):,} bytes, the same from two builds, and ansible-galaxy installs it")
    say(f"sha256 {digest}")


def take_home(clone: Path, tarball: Built) -> None:
    """The commit, the tag and the tarball into the checkout, which is where the release began."""
    version = tarball.version
    git(ROOT, "fetch", "--quiet", "--no-tags", str(clone), BRANCH, f"refs/tags/{version}:refs/tags/{version}")
    git(ROOT, "merge", "--quiet", "--ff-only", version)
    (ROOT / tarball.name).write_bytes(tarball.content)
    say(f"\nCommitted and tagged {version}. To publish it:")
    say(f"    git push origin {BRANCH} {version}")
    say(f"    ansible-galaxy collection publish {tarball.name}")


def proposed(is_dry: bool) -> str | None:
    """The version of a dry run that names none; None where there is nothing to release."""
    if not is_dry:
        raise Refused("Say which version: make release VERSION=1.2.3")
    stands = str(yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"])
    if stands not in tags():
        return stands
    major, minor, _patch = parsed(stands)
    return f"{major}.{minor + 1}.0" if any((ROOT / "changelogs/fragments").glob("*.y*ml")) else None


def release(version: str | None, *, is_dry: bool) -> None:
    """Raises Refused, ValueError for a version that is none."""
    reasons = why_not_here()
    if reasons and not is_dry:
        raise Refused("\n".join(reasons))
    for reason in reasons:
        say(f"A release would be refused now. {reason}")
    version = version or proposed(is_dry)
    if version is None:
        say("There is nothing to release, so only the tarball is made.")
        return only_tarball(is_dry=True)
    parsed(version)
    with tempfile.TemporaryDirectory(prefix="netstorage-release-") as folder:
        scratch = Path(folder)
        clone = cloned(ROOT, scratch / "clone", git(ROOT, "rev-parse", "HEAD"))
        say(f"Making {version} of {git(clone, 'log', '-1', '--format=%h %s')} ...")
        prepare(clone, version)
        commit(clone, version, identity(is_dry))
        tarball = built_twice(clone, scratch)
        install(tarball, scratch)
        show(tarball, clone, is_dry=is_dry)
        if is_dry:
            say("Nothing was published, and the checkout is as it was.")
        else:
            take_home(clone, tarball)
    return None


def only_tarball(*, is_dry: bool) -> None:
    """Of the commit that is checked out; a workflow that a tag starts builds what the release has built."""
    with tempfile.TemporaryDirectory(prefix="netstorage-release-") as folder:
        scratch = Path(folder)
        clone = cloned(ROOT, scratch / "clone", git(ROOT, "rev-parse", "HEAD"))
        tarball = built_twice(clone, scratch)
        install(tarball, scratch)
        show(tarball, clone, is_dry=is_dry)
        if not is_dry:
            (ROOT / tarball.name).write_bytes(tarball.content)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("version", nargs="?")
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--tarball", action="store_true")
    wanted = parser.parse_args(arguments)
    os.umask(0o022)  # clones have the permission bits that git knows, whoever builds
    try:
        if wanted.tarball:
            only_tarball(is_dry=False)
        else:
            release(wanted.version, is_dry=wanted.dry_run)
    except (Refused, ValueError) as error:
        say(f"No release: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
