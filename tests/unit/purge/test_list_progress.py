# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A purge of lists goes on where another one has stopped, and purges nothing less than what is not noted."""

from __future__ import annotations

import gzip
import pathlib
import typing as t
from urllib.parse import quote

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._edgegrid.api_settings import ApiSettings
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._purge.options import PurgeOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._purge.sources import opened
from hypothesis import given
from hypothesis import strategies as st

URL = "https://www.example.com"
LISTS = st.lists(st.lists(st.sampled_from(["a", "b", "c d", "e/index.html"]), max_size=4), min_size=1, max_size=4)


def purge(folder: pathlib.Path, accepted: int | None = None, **way: t.Any) -> list[t.Any]:
    """What is to be purged; with ``accepted`` so many of it are, and are noted."""
    given_way = {"url": "www.example.com", "base": "/1", **way}
    with opened(PurgeOptions(ApiSettings(), changed_paths_file=str(folder), stop_after=1, **given_way)) as found:
        objects = list(found.read())
        if accepted is not None:
            found.note(min(accepted, found.resumable))
        return objects


def urls_of(names: t.Iterable[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        found += [f"{URL}/{quote(name)}", *([f"{URL}/e/"] if name.startswith("e/") else [])]
    return found


def write(folder: pathlib.Path, lists: t.Sequence[t.Sequence[str]], planned: t.Collection[int] = ()) -> None:
    for number, names in enumerate(lists):
        ending = "planned" if number in planned else "deployed"
        lines = b"".join(f"/1/{quote(name)}\n".encode("ascii") for name in names)
        (folder / f"{number}.{ending}.gz").write_bytes(gzip.compress(lines))


@given(lists=LISTS, planned=st.sets(st.integers(0, 3)), stops=st.lists(st.integers(0, 5), max_size=4))
def test_what_is_not_noted_is_purged_later(
    tmp_path_factory: pytest.TempPathFactory, lists: list[list[str]], planned: set[int], stops: list[int]
) -> None:
    """Of a line whose URLs were not all accepted, all are purged again. Lists of what is planned are purged as a whole."""
    folder = tmp_path_factory.mktemp("lists")
    write(folder, lists, planned)
    order = sorted(range(len(lists)), key=lambda number: (number in planned, number))
    rest = list(dict.fromkeys(urls_of(name for number in order for name in lists[number])))
    always = set(urls_of(name for number in order if number in planned for name in lists[number]))
    for stop in stops:
        objects = purge(folder, stop)
        assert set(rest) <= set(objects)
        rest = [url for url in objects if url not in objects[:stop] or url in always]
    assert set(rest) <= set(purge(folder))
    assert [file.name for file in folder.glob("*.planned.gz.progress")] == []


def test_a_purge_goes_on_where_the_last_one_stopped(tmp_path: pathlib.Path) -> None:
    write(tmp_path, [["a", "b", "e/index.html"], ["c", "d"], ["f"]], planned=[1])
    assert purge(tmp_path) == [f"{URL}/{name}" for name in ("a", "b", "e/index.html", "e/", "f", "c", "d")]
    assert purge(tmp_path, accepted=1)[0] == f"{URL}/a"
    assert purge(tmp_path, accepted=2)[:3] == [f"{URL}/b", f"{URL}/e/index.html", f"{URL}/e/"]
    assert purge(tmp_path, accepted=2)[:2] == [f"{URL}/e/index.html", f"{URL}/e/"]
    assert purge(tmp_path, accepted=1) == [f"{URL}/{name}" for name in ("f", "c", "d")]
    assert purge(tmp_path) == [f"{URL}/{name}" for name in ("c", "d")]


@pytest.mark.parametrize(
    "way",
    [{"url": "b.example.com"}, {"base": "/1/"}, {"index": ()}, {"method": "delete"}, {"network": "staging"}, {"outside": "skip"}],
    ids=lambda way: next(iter(way)),
)
def test_what_was_purged_in_another_way_is_purged_again(tmp_path: pathlib.Path, way: dict[str, t.Any]) -> None:
    write(tmp_path, [["a", "b"]])
    purge(tmp_path, accepted=1)
    assert len(purge(tmp_path, **way)) == 2
    assert len(purge(tmp_path)) == 1


@pytest.mark.parametrize("content", [b"", b"1", b"[]", b"{}", b'{"version": 1, "way": "x", "lines": 1}', b"\xff" * 2000])
def test_something_else_in_place_of_a_note_does_not_count(tmp_path: pathlib.Path, content: bytes) -> None:
    write(tmp_path, [["a", "b"]])
    (tmp_path / "0.deployed.gz.progress").write_bytes(content)
    assert len(purge(tmp_path)) == 2


def test_the_progress_of_a_single_file_is_not_noted(tmp_path: pathlib.Path) -> None:
    (tmp_path / "1.deployed.gz").write_bytes(gzip.compress(b"/1/a\n"))
    with pytest.raises(BadOptions, match=r"stop_after: .* is not a directory of lists"):
        purge(tmp_path / "1.deployed.gz")
