# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The walk of a local directory: its order, what takes part, and what cannot be read."""

from __future__ import annotations

import os
import pathlib
import socket
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._local.walk import Tree
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind, Withheld
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadSource
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.filters import Filter
from hypothesis import given, settings
from hypothesis import strategies as st


def walked(
    root: pathlib.Path, links: str = "preserve", include: t.Sequence[str] = (), exclude: t.Sequence[str] = ()
) -> list[str]:
    """One line per entry: keys, ``-> target`` for links, ``?`` for unknown regions and ``!`` for those left out."""
    lines = []
    for entry in Tree(os.fsencode(root), links, Filter(include, exclude)).entries():
        mark = ""
        if isinstance(entry, Withheld):
            mark = " ?" if entry.unknown else " !"
        elif entry.kind is Kind.SYMLINK:
            mark = f" -> {os.fsdecode(entry.target or b'')}"
        lines.append(os.fsdecode(entry.key) + mark)
    return lines


def make(root: pathlib.Path, *names: str) -> pathlib.Path:
    """Files, directories (with a slash at the end) and links (with an arrow)."""
    root.mkdir(exist_ok=True)
    for name in names:
        path, _arrow, target = name.partition(" -> ")
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        if target:
            (root / path).symlink_to(target)
        elif name.endswith("/"):
            (root / path).mkdir(exist_ok=True)
        else:
            (root / path).write_text(path)
    return root


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> t.Callable[[pathlib.Path], None]:
    """Makes a directory unreadable, for root as well."""
    shut: list[bytes] = []
    scandir = os.scandir

    def scan(path: bytes) -> t.Any:
        if path in shut:
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scan)
    return lambda path: shut.append(os.fsencode(path))


# -- order


def test_the_order_is_that_of_the_flat_keys(tmp_path: pathlib.Path) -> None:
    make(tmp_path / "t", "a/x", "a-/x", "a.html", "a0", "B", "aa", "é", "Z/")
    assert walked(tmp_path / "t") == ["B", "Z/", "a-/", "a-/x", "a.html", "a/", "a/x", "a0", "aa", "é"]


name_bytes = st.lists(
    st.sampled_from([b"a", b"b", b"-", b".x", b"0", b"\xff", b"\xc3\xa9", b" ", b"\n", b"~"]), min_size=1, max_size=3
)
file_names = name_bytes.map(b"".join)
tree_paths = st.lists(st.tuples(st.lists(file_names, min_size=1, max_size=4), st.booleans()), max_size=12)


@settings(max_examples=60)
@given(tree_paths)
def test_any_tree_comes_in_the_order_of_its_keys(
    tmp_path_factory: pytest.TempPathFactory, tree: list[tuple[list[bytes], bool]]
) -> None:
    root = os.fsencode(tmp_path_factory.mktemp("tree"))
    expected: set[bytes] = set()
    for parts, is_directory in tree:
        *above, last = parts
        folder = b"/".join([root, *above])
        path = folder + b"/" + last
        try:
            os.makedirs(folder, exist_ok=True)
            os.mkdir(path) if is_directory else os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except (FileExistsError, NotADirectoryError):
            pass
    for folder, folders, files in os.walk(root):
        expected |= {os.path.relpath(os.path.join(folder, name), root) + b"/" for name in folders}
        expected |= {os.path.relpath(os.path.join(folder, name), root) for name in files}
    assert [entry.key for entry in Tree(root, "preserve", Filter()).entries()] == sorted(expected)


def test_files_have_size_and_time_and_no_digest_yet(tmp_path: pathlib.Path) -> None:
    make(tmp_path / "t", "d/a")
    os.utime(tmp_path / "t/d/a", ns=(1, 1_700_000_000_999_999_999))
    assert list(Tree(os.fsencode(tmp_path / "t"), "preserve", Filter()).entries()) == [
        Entry(b"d", Kind.DIRECTORY),
        Entry(b"d/a", Kind.FILE, size=3, mtime=1_700_000_000),
    ]


def test_local_names_lead_back_to_the_file(tmp_path: pathlib.Path) -> None:
    make(tmp_path / "t", "d/a")
    tree = Tree(os.fsencode(f"{tmp_path}/t/"), "preserve", Filter())
    assert tree.local(b"d/a") == os.fsencode(tmp_path / "t/d/a")


# -- the source itself


@pytest.mark.parametrize(
    ("name", "message"), [("file", "is not a directory"), ("absent", "does not exist"), ("loop", "is not")]
)
def test_a_source_that_is_no_directory(tmp_path: pathlib.Path, name: str, message: str) -> None:
    make(tmp_path, "file", "loop -> loop")
    with pytest.raises(BadSource, match=message):
        Tree(os.fsencode(tmp_path / name), "preserve", Filter())


def test_a_source_whose_path_is_too_long() -> None:
    with pytest.raises(BadSource, match="cannot be looked at: File name too long"):
        Tree(b"/" + b"a" * 5000, "preserve", Filter())


def test_a_source_that_cannot_be_read(tmp_path: pathlib.Path, closed: t.Callable[[pathlib.Path], None]) -> None:
    closed(make(tmp_path / "t", "a"))
    with pytest.raises(BadSource, match="Permission denied"):
        walked(tmp_path / "t")


def test_a_source_that_vanishes_before_the_walk(tmp_path: pathlib.Path) -> None:
    tree = Tree(os.fsencode(make(tmp_path / "t")), "preserve", Filter())
    (tmp_path / "t").rmdir()
    with pytest.raises(BadSource):
        list(tree.entries())


def test_a_source_that_is_a_link_to_a_directory(tmp_path: pathlib.Path) -> None:
    make(tmp_path / "t", "a")
    make(tmp_path, "current -> t")
    assert walked(tmp_path / "current") == ["a"]


# -- filters


def test_an_excluded_directory_is_not_opened(tmp_path: pathlib.Path, closed: t.Callable[[pathlib.Path], None]) -> None:
    make(tmp_path / "t", "a", "cache/x", "d/cache/x", "d/b")
    closed(tmp_path / "t/cache")
    closed(tmp_path / "t/d/cache")
    assert walked(tmp_path / "t", exclude=["cache/"]) == ["a", "d/", "d/b"]


def test_what_no_include_reaches_is_not_opened(tmp_path: pathlib.Path, closed: t.Callable[[pathlib.Path], None]) -> None:
    make(tmp_path / "t", "public/a", "private/b", "docs/de/x/c", "docs/en/c")
    closed(tmp_path / "t/private")
    closed(tmp_path / "t/docs/en")
    assert walked(tmp_path / "t", include=["/public/", "/docs/de/*/c"]) == [
        "docs/", "docs/de/", "docs/de/x/", "docs/de/x/c", "public/", "public/a",
    ]  # fmt: skip


def test_with_includes_a_directory_comes_for_what_is_below_it(tmp_path: pathlib.Path) -> None:
    make(tmp_path / "t", "a.png", "d/e/b.png", "d/e/x.txt", "f/x.txt", "g/", "h/c.png", "h-/x")
    assert walked(tmp_path / "t", include=["*.png"]) == ["a.png", "d/", "d/e/", "d/e/b.png", "h/", "h/c.png"]


def test_with_includes_a_matched_directory_comes_with_everything_below(tmp_path: pathlib.Path) -> None:
    make(tmp_path / "t", "a", "d/img/", "d/img/x", "d/img/y/z", "d/w", "e/img")
    assert walked(tmp_path / "t", include=["img/"]) == ["d/", "d/img/", "d/img/x", "d/img/y/", "d/img/y/z"]


def test_an_exclude_wins_over_an_include(tmp_path: pathlib.Path) -> None:
    make(tmp_path / "t", "a.png", "b.png", "d/c.png", "d/draft/e.png")
    assert walked(tmp_path / "t", include=["*.png"], exclude=["b*", "draft/"]) == ["a.png", "d/", "d/c.png"]


@pytest.mark.parametrize("links", ["preserve", "follow", "skip"])
def test_a_link_that_takes_no_part_is_nobodys_trouble(tmp_path: pathlib.Path, links: str) -> None:
    make(tmp_path / "t", "a.png", "out -> /etc/passwd", "gone -> nowhere", "d/up -> ../../x")
    assert walked(tmp_path / "t", links, include=["*.png"]) == ["a.png"]
    assert walked(tmp_path / "t", links, exclude=["out", "gone", "up"]) == ["a.png", "d/"]


def test_a_fifo_that_takes_no_part_is_nobodys_trouble(tmp_path: pathlib.Path) -> None:
    make(tmp_path / "t", "a.png")
    os.mkfifo(tmp_path / "t/fifo")
    assert walked(tmp_path / "t", include=["*.png"]) == walked(tmp_path / "t", exclude=["fifo"]) == ["a.png"]


# -- links


def test_preserve_makes_links_of_links(tmp_path: pathlib.Path) -> None:
    make(
        tmp_path / "t",
        "a",
        "d/x",
        "l -> a",
        "m -> d",
        "n -> nowhere",
        "o -> o",
        f"p -> {tmp_path}/t/d/x",
        "d/q -> ../a",
    )
    assert walked(tmp_path / "t") == [
        "a", "d/", "d/q -> ../a", "d/x", "l -> a", "m -> d", "n -> nowhere", "o -> o", "p -> d/x",
    ]  # fmt: skip


@pytest.mark.parametrize("link", ["l -> /etc", "l -> ../x", "d/l -> ../../x", "l -> .."])
def test_preserve_refuses_links_that_lead_outside(tmp_path: pathlib.Path, link: str) -> None:
    make(tmp_path / "t", link)
    with pytest.raises(BadSource, match="leads outside"):
        walked(tmp_path / "t")


def test_skip_shields_what_has_the_name(tmp_path: pathlib.Path) -> None:
    make(tmp_path / "t", "a", "d/x", "d/l -> x", "m -> d", "n -> /etc")
    assert walked(tmp_path / "t", "skip") == ["a", "d/", "d/l !", "d/x", "m !", "n !"]


def test_follow_sends_what_links_lead_to(tmp_path: pathlib.Path) -> None:
    make(tmp_path / "outside", "x", "y/z")
    make(tmp_path / "t", "a", "d.x", "d -> ../outside", "f -> a", "g -> ../outside/y/z")
    assert walked(tmp_path / "t", "follow") == ["a", "d.x", "d/", "d/x", "d/y/", "d/y/z", "f", "g"]


def test_follow_does_not_go_round_in_circles(tmp_path: pathlib.Path) -> None:
    make(tmp_path / "t", "d/e/up -> ../..", "d/e/x", "self -> .")
    assert walked(tmp_path / "t", "follow") == ["d/", "d/e/", "d/e/up/", "d/e/up/ ?", "d/e/x", "self/", "self/ ?"]


def test_follow_may_see_one_directory_twice(tmp_path: pathlib.Path) -> None:
    make(tmp_path / "t", "d/x", "e -> d")
    assert walked(tmp_path / "t", "follow") == ["d/", "d/x", "e/", "e/x"]


def test_follow_takes_a_link_that_leads_nowhere_for_unknown(tmp_path: pathlib.Path) -> None:
    make(tmp_path / "t", "a -> nowhere", "b -> b", "c -> a", "d")
    assert walked(tmp_path / "t", "follow") == ["a ?", "b ?", "c ?", "d"]


# -- what cannot be read


def test_an_unreadable_directory_is_unknown(tmp_path: pathlib.Path, closed: t.Callable[[pathlib.Path], None]) -> None:
    make(tmp_path / "t", "d/e/x", "d/f", "g")
    closed(tmp_path / "t/d/e")
    assert walked(tmp_path / "t") == ["d/", "d/e/", "d/e/ ?", "d/f", "g"]


def test_an_unreadable_directory_is_unknown_even_if_only_something_below_it_would_take_part(
    tmp_path: pathlib.Path, closed: t.Callable[[pathlib.Path], None]
) -> None:
    make(tmp_path / "t", "a.png", "d/e/x.png")
    closed(tmp_path / "t/d/e")
    assert walked(tmp_path / "t", include=["*.png"]) == ["a.png", "d/", "d/e/", "d/e/ ?"]


def test_fifo_and_socket_are_unknown(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path / "t", "a")
    os.mkfifo(tmp_path / "t/fifo")
    monkeypatch.chdir(tmp_path / "t")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        assert walked(tmp_path / "t") == ["a", "fifo ?", "socket ?"]


class Vanished:
    """A directory entry whose file is gone before anybody looked at it."""

    def __init__(self, entry: os.DirEntry[bytes]) -> None:
        self.name, self.path = entry.name, entry.path

    def stat(self, follow_symlinks: bool = True) -> t.NoReturn:
        raise FileNotFoundError(2, "No such file or directory")


def test_a_file_that_vanishes_during_the_walk_is_unknown(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "t", "a", "b")
    scandir = os.scandir

    class Scan:
        def __init__(self, path: bytes) -> None:
            self.path = path

        def __enter__(self) -> list[t.Any]:
            with scandir(self.path) as found:
                return [Vanished(entry) if entry.name == b"b" else entry for entry in found]

        def __exit__(self, *_details: object) -> None:
            ...

    monkeypatch.setattr(os, "scandir", Scan)
    assert walked(tmp_path / "t") == ["a", "b ?"]


def test_a_link_that_vanishes_during_the_walk_is_unknown(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_path: bytes) -> t.NoReturn:
        raise FileNotFoundError(2, "No such file or directory")

    make(tmp_path / "t", "a", "l -> a")
    monkeypatch.setattr(os, "readlink", gone)
    assert walked(tmp_path / "t") == ["a", "l ?"]
