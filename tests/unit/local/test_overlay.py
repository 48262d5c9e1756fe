# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tree of rendered templates over the tree that they lie in: one stream in key order, and each name once."""

from __future__ import annotations

import os
import tempfile
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._local.overlay import (
    OnlyTemplates,
    Overlay,
    Plain,
    templates_in,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._local.walk import Tree
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind, Rendered, Withheld
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadSource
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.filters import Filter, Patterns
from hypothesis import given
from hypothesis import strategies as st

TEMPLATES = Patterns(["*.j2"])

segments = st.text(alphabet="ab-./0\u00e9", min_size=1, max_size=3).filter(lambda text: "/" not in text and text.strip("."))
names = st.lists(segments, min_size=1, max_size=3).map("/".join)
files = st.lists(st.tuples(names, st.booleans()), max_size=12)


def plant(root: Path, paths: t.Iterable[str]) -> None:
    """Files that fit: one below another file is left out."""
    for path in paths:
        try:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text("x")
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            continue


def overlay(src: Path, folder: Path, taken: Filter | None = None, links: str = "preserve") -> Overlay:
    """Renders nothing, and puts an empty file where a result would be."""
    taken = taken or Filter()
    tree = Tree(os.fsencode(src), links, OnlyTemplates(taken, TEMPLATES))
    for _template, name in templates_in(tree, TEMPLATES):
        plant(folder, [os.fsdecode(name)])
    return Overlay(
        Tree(os.fsencode(src), links, Plain(taken, TEMPLATES)), Tree(os.fsencode(folder), "preserve", taken), TEMPLATES
    )


def names_of(tree: Overlay) -> list[str]:
    return [os.fsdecode(entry.key) for entry in tree.entries()]


@given(files)
def test_the_stream_is_in_key_order_and_has_each_key_once(planted: list[tuple[str, bool]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        src, folder = Path(place, "src"), Path(place, "folder")
        src.mkdir(), folder.mkdir()
        plant(src, [f"{name}.j2" if template else name for name, template in planted])
        try:
            entries = list(overlay(src, folder).entries())
        except BadSource:
            return  # two of one name, which another test is about
        keys = [entry.key for entry in entries]
        assert keys == sorted(set(keys))
        there = {path.relative_to(src) for path in src.rglob("*")}
        static = {os.fsencode(path) for path in there if (src / path).is_file() and path.suffix != ".j2"}
        rendered = {os.fsencode(path.with_suffix("")) for path in there if (src / path).is_file() and path.suffix == ".j2"}
        assert {entry.name for entry in entries if isinstance(entry, Rendered)} == rendered
        files = [entry for entry in entries if isinstance(entry, Entry) and entry.kind is Kind.FILE]
        plain = {entry.name for entry in files if not isinstance(entry, Rendered)}
        assert plain == static
        directories = {os.fsencode(path) for path in there if (src / path).is_dir()}
        assert {entry.name for entry in entries if isinstance(entry, Entry) and entry.kind is Kind.DIRECTORY} == directories


@pytest.fixture
def site(tmp_path: Path) -> tuple[Path, Path]:
    src, folder = tmp_path / "src", tmp_path / "folder"
    src.mkdir(), folder.mkdir()
    return src, folder


def test_filters_see_the_name_without_the_suffix(site: tuple[Path, Path]) -> None:
    src, folder = site
    plant(src, ["index.html.j2", "a.txt.j2", "a.css", "drafts/x.html.j2", "img/x.html.j2", "b.html"])
    tree = overlay(src, folder, Filter(["*.html"], ["drafts/"]))
    assert names_of(tree) == ["b.html", "img/", "img/x.html", "index.html"]


def test_rendered_files_have_no_time_of_their_own(site: tuple[Path, Path]) -> None:
    plant(site[0], ["a.j2", "b"])
    mtimes = {entry.name: entry.mtime for entry in overlay(*site).entries() if isinstance(entry, Entry)}
    assert mtimes[b"a"] is None
    assert mtimes[b"b"]


def test_each_name_lies_where_it_comes_from(site: tuple[Path, Path]) -> None:
    src, folder = site
    plant(src, ["d/a.j2", "d/b"])
    tree = overlay(src, folder)
    assert (tree.local(b"d/a"), tree.local(b"d/b")) == (os.fsencode(folder / "d/a"), os.fsencode(src / "d/b"))


def test_what_is_deleted_there_is_none_of_ours(site: tuple[Path, Path]) -> None:
    src, folder = site
    plant(src, ["d/a.j2", "d/b", "c.j2.j2"])
    tree = overlay(src, folder)
    held = {name for name in (b"d/a", b"d/a.j2", b"d/b", b"c.j2", b"c.j2.j2", b"c", b"d") if tree.holds(name, False)}
    assert held == {b"d/a", b"d/b", b"c.j2"}
    assert tree.holds(b"d", True)


def test_a_template_may_become_what_looks_like_another(site: tuple[Path, Path]) -> None:
    plant(site[0], ["a.j2.j2", "a.j2"])
    assert names_of(overlay(*site)) == ["a", "a.j2"]


@pytest.mark.parametrize("other", ["index.html", "index.html/x"])
def test_two_of_one_name(site: tuple[Path, Path], other: str) -> None:
    plant(site[0], ["index.html.j2", other])
    with pytest.raises(BadSource, match=r"index.html.j2 and index.html would both become index.html"):
        overlay(*site)


def test_a_name_without_a_suffix_has_nothing_to_drop(site: tuple[Path, Path]) -> None:
    plant(site[0], [".j2"])
    with pytest.raises(BadSource, match=r"\.j2 is a template and has no suffix"):
        overlay(*site)


@pytest.mark.parametrize(("links", "target", "why"), [
    ("preserve", "b.j2", "is a symlink; set links: follow"), ("skip", "b.j2", "is a symlink, left out"),
    ("follow", "nowhere", "is a dangling link"),
])  # fmt: skip
def test_links_are_no_templates(site: tuple[Path, Path], links: str, target: str, why: str) -> None:
    plant(site[0], ["b.j2"])
    (site[0] / "a.j2").symlink_to(target)
    with pytest.raises(BadSource, match=why):
        overlay(*site, links=links)


def test_links_that_are_followed_are_templates(site: tuple[Path, Path]) -> None:
    plant(site[0], ["b.j2"])
    (site[0] / "a.j2").symlink_to("b.j2")
    assert names_of(overlay(*site, links="follow")) == ["a", "b"]


def test_a_region_that_cannot_be_read_stays_one(site: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    src, _folder = site
    plant(src, ["d/a.j2", "e/b.j2"])
    seen = os.scandir

    def scandir(path: bytes) -> t.Any:
        if path.endswith(b"src/d"):
            raise PermissionError(13, "Permission denied")
        return seen(path)

    monkeypatch.setattr(os, "scandir", scandir)
    entries = list(overlay(*site).entries())
    assert [entry.name for entry in entries if isinstance(entry, Withheld) and entry.unknown] == [b"d/"]
    assert [entry.key for entry in entries] == [b"d/", b"d/", b"e/", b"e/b"]
