# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a release is made of: versions, changelog, tarball. ``make release-dry-run`` plays the whole."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
import typing as t
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
MINOR: dict[str, t.Any] = {"changes": {"minor_changes": ["a - b."]}}
FIX: dict[str, t.Any] = {"changes": {"bugfixes": ["a - b."], "release_summary": "c"}}


@pytest.fixture(autouse=True)
def _toolchain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tests/toolchain"))


# -- versions


def test_every_file_names_the_same_version() -> None:
    import versions

    found = versions.versions_in(ROOT)
    (version,) = set().union(*found.values())
    assert versions.parsed(version)
    pages = {"README.md", "docs/pipelines.md", "docs/getting-started.md"}
    assert {"galaxy.yml", *pages} <= set(found), "pages pin the version"
    assert sum(file.endswith("netstorage_emulator/__init__.py") for file in found) == 1


def test_a_version_is_set_in_every_file_and_nowhere_else(tmp_path: Path) -> None:
    import versions

    for file in versions.versions_in(ROOT):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    before = {file: (tmp_path / file).read_text(encoding="utf-8").splitlines() for file in versions.versions_in(tmp_path)}
    versions.set_version(tmp_path, "71.2.3")
    assert set().union(*versions.versions_in(tmp_path).values()) == {"71.2.3"}
    for file, lines in before.items():
        now = (tmp_path / file).read_text(encoding="utf-8").splitlines()
        assert all("71.2.3" in new for old, new in zip(lines, now, strict=True) if old != new), file


@pytest.mark.parametrize("version", ["1.0", "v1.0.0", "1.0.0-rc1", "01.0.0", "1.0.0 ", ""])
def test_a_version_is_three_numbers(version: str) -> None:
    import versions

    with pytest.raises(ValueError, match="three numbers"):
        versions.parsed(version)
    assert versions.parsed("10.0.21") == (10, 0, 21)
    assert versions.newest(["1.9.0", "1.10.0", "nightly", "2.0.0-rc1"]) == "1.10.0"


@pytest.mark.parametrize(
    ("release", "surface", "least"),
    [
        (FIX, ["module a"], (1, 2, 4)),
        (MINOR, ["module a"], (1, 3, 0)),
        ({**FIX, "modules": [{"name": "b"}]}, ["module a"], (1, 3, 0)),
        ({"changes": {"breaking_changes": ["a - b."]}}, ["module a"], (2, 0, 0)),
        (FIX, ["module a", "module a, option b, default 1"], (1, 3, 0)),
        (FIX, ["module a", "module a, option b, required"], (2, 0, 0)),
        (FIX, ["module a", "module b", "module b, option c, required"], (1, 3, 0)),
        (FIX, [], (2, 0, 0)),
    ],
)
def test_what_changed_says_how_high_the_version_is(release: dict[str, t.Any], surface: list[str], least: tuple[int, ...]) -> None:
    import versions

    assert versions.least_after("1.2.3", release, surface, ["module a"]) == least
    assert versions.least_after(None, release) == (0, 0, 1)
    assert not versions.breaking(["a: str", "a, default 1"], ["a: str", "a, required"]), "it need no longer be set"


def test_what_is_experimental_may_change_in_any_release() -> None:
    import versions

    was = ["module a", "module a, experimental", "module a, option b", "module c", "module c, option d"]
    now = ["module a", "module a, option e, required", "module c"]
    assert versions.breaking(now, was) == ["module c, option d"]
    assert versions.breaking(["module c"], ["module c", "module c, experimental"]) == [], "it may become stable"


@pytest.mark.parametrize(
    ("version", "release", "why"),
    [
        ("1.1.0", MINOR, ""),
        ("2.0.0", MINOR, ""),
        ("1.0.0", MINOR, "a tag 1.0.0 already"),
        ("1.0.1", MINOR, "is 1.1.0 or higher"),
        ("1.0.1", {"changes": {"release_summary": "c", "trivial": ["d"]}}, "nothing to say of 1.0.1"),
        ("1.0.1", {"release_date": "2026-12-01"}, "nothing to say of 1.0.1"),
    ],
)
def test_a_version_that_must_not_be_is_refused(version: str, release: dict[str, t.Any], why: str) -> None:
    import versions

    found = versions.is_refused(version, ["1.0.0"], release, versions.least_after("1.0.0", release))
    assert why in found
    assert bool(found) is bool(why)


# -- the changelog


def added_in(root: Path) -> dict[str, str]:
    """The ``version_added`` of everything that a release lists, as ``module ns_sync``."""
    import public_surface

    found = {}
    for kind, folder in public_surface.PLUGINS.items():
        for file in (root / "plugins" / folder).glob("*.py"):
            docs = public_surface.yaml_in(public_surface.assigned(public_surface.tree(file))["DOCUMENTATION"])
            found[f"{kind} {file.stem}"] = str(docs["version_added"])
    for file in root.glob("roles/*/meta/argument_specs.yml"):
        spec = public_surface.yaml_of(file)["argument_specs"]["main"]
        found[f"role {file.parents[1].name}"] = str(spec["version_added"])
    return found


def test_the_changelog_lists_every_module_lookup_filter_role_and_playbook() -> None:
    """What is not released yet is listed by the release of its ``version_added``; playbooks, which have none, by a fragment."""
    import versions

    releases = yaml.safe_load((ROOT / "changelogs/changelog.yaml").read_text(encoding="utf-8"))["releases"]
    fragments = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in (ROOT / "changelogs/fragments").glob("*.yml")]
    to_come = {f"playbook {entry['name']}" for one in fragments for entry in one.get("add object.playbook", ())}
    added = added_in(ROOT)
    to_come |= {thing for thing, version in added.items() if version not in releases}
    assert [thing for thing in versions.unlisted(ROOT, releases) if thing not in to_come] == []
    unknown = {version for version in added.values() if version not in releases}
    assert len(unknown) <= 1, "all that is not released yet comes with one release"
    assert all(versions.parsed(version) >= versions.parsed(versions.newest(releases) or "0.0.0") for version in unknown)


def test_what_a_release_does_not_list_is_found() -> None:
    import versions

    things = versions.things(ROOT)
    release = {
        "modules": [{"name": name} for name in things["module"][1:]],
        "plugins": {kind: [{"name": name} for name in things[kind]] for kind in ("lookup", "filter")},
        "objects": {"role": [{"name": name} for name in things["role"]]},
    }
    later = {"objects": {"playbook": [{"name": name} for name in things["playbook"]]}}
    assert versions.unlisted(ROOT, {"1.0.0": release, "1.1.0": later}) == [f"module {things['module'][0]}"]
    assert all(things.values())


# -- the tarball


def collection(names: list[str], stamp: int, owner: str) -> bytes:
    """What ansible-galaxy builds of these files, in this order."""
    files = [{"name": ".", "ftype": "dir"}, *({"name": name, "ftype": "file"} for name in names)]
    listed = json.dumps({"files": files, "format": 1}).encode()
    manifest = {"file_manifest_file": {"chksum_sha256": hashlib.sha256(listed).hexdigest()}}
    members = {"MANIFEST.json": json.dumps(manifest).encode(), "FILES.json": listed, **{name: name.encode() for name in names}}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        folder = tarfile.TarInfo("folder")
        folder.type, folder.mtime, folder.mode = tarfile.DIRTYPE, stamp, 0o755
        archive.addfile(folder)
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.uname, member.mode = len(content), stamp, owner, 0o755 if name == "run" else 0o644
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def test_two_builds_of_the_same_files_are_the_same_bytes() -> None:
    import tarball

    one, two = collection(["run", "a", "folder/b"], 1, "me"), collection(["folder/b", "a", "run"], 2, "you")
    packed = tarball.repacked(one, 1_700_000_000)
    assert one != two
    assert packed == tarball.repacked(two, 1_700_000_000) == tarball.repacked(packed, 1_700_000_000)
    assert packed != tarball.repacked(one, 1_700_000_001)
    assert packed != tarball.repacked(collection(["run", "a"], 1, "me"), 1_700_000_000)


def test_a_repacked_tarball_is_whole_and_tells_nothing_of_its_builder() -> None:
    import tarball

    packed = tarball.repacked(collection(["run", "b", "a"], 1, "me"), 1_700_000_000)
    assert packed[4:8] == b"\0\0\0\0", "the time in the head of gzip"
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        members = {member.name: member for member in archive}
        contents = {name: archive.extractfile(member) for name, member in members.items() if member.isfile()}
        read = {name: file.read() for name, file in contents.items() if file is not None}
    assert list(members) == ["MANIFEST.json", "FILES.json", "a", "b", "folder", "run"]
    assert {(one.mtime, one.uid, one.gid, one.uname, one.gname) for one in members.values()} == {(1_700_000_000, 0, 0, "", "")}
    assert (members["run"].mode, members["a"].mode, members["folder"].isdir()) == (0o755, 0o644, True)
    assert read["a"] == b"a"
    digest = json.loads(read["MANIFEST.json"])["file_manifest_file"]["chksum_sha256"]
    assert digest == hashlib.sha256(read["FILES.json"]).hexdigest()
    assert [entry["name"] for entry in json.loads(read["FILES.json"])["files"]] == [".", "a", "b", "run"]
    assert tarball.listing(packed)[-1].split() == ["0755", "3", "run"]
