# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The digest of a local tree: what it depends on, and what not."""

from __future__ import annotations

import hashlib
import os
import pathlib
import shutil
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._local.tree_digest import TreeDigest, summed
from ansible_collections.edgeops.netstorage.plugins.module_utils._local.walk import Tree
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadSource
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.filters import Filter


def sum_of(root: pathlib.Path, links: str = "preserve", exclude: t.Sequence[str] = ()) -> TreeDigest:
    return summed(Tree(os.fsencode(root), links, Filter((), exclude)))


@pytest.fixture
def site(tmp_path: pathlib.Path) -> pathlib.Path:
    root = tmp_path / "site"
    (root / "css").mkdir(parents=True)
    (root / "css/a.css").write_text("a {}")
    (root / "index.html").write_text("<h1>")
    (root / "latest").symlink_to("index.html")
    return root


def test_the_form_is_kind_name_and_content_with_their_lengths(tmp_path: pathlib.Path) -> None:
    """So that the name of a release stays the same from version to version."""
    (tmp_path / "a").write_bytes(b"one")
    content = hashlib.sha256(b"one").hexdigest()
    assert sum_of(tmp_path) == TreeDigest(hashlib.sha256(f"4:file,1:a,64:{content},".encode()).hexdigest(), 1, 0, 0, 3)


def test_it_counts_files_links_directories_and_bytes(site: pathlib.Path) -> None:
    found = sum_of(site)
    assert (found.files, found.links, found.directories, found.size) == (2, 1, 1, 8)


def test_a_copy_has_the_same_digest_whatever_its_times_and_modes(site: pathlib.Path, tmp_path: pathlib.Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(site, copy, symlinks=True)
    os.utime(copy / "index.html", (1, 1))
    (copy / "css/a.css").chmod(0o600)
    assert sum_of(copy) == sum_of(site)


def test_every_change_of_a_name_a_content_or_a_target_changes_it(site: pathlib.Path) -> None:
    def digest_after(change: t.Callable[[], object]) -> str:
        change()
        return sum_of(site).digest

    def relink() -> None:
        (site / "latest").unlink()
        (site / "latest").symlink_to("index.htmx")

    digests = [
        sum_of(site).digest,
        digest_after(lambda: (site / "index.html").write_text("<h2>")),
        digest_after(lambda: (site / "index.html").rename(site / "index.htm")),
        digest_after(relink),
        digest_after((site / "empty").mkdir),
    ]
    assert len(set(digests)) == len(digests)


def test_filters_and_links_count_as_for_ns_sync(site: pathlib.Path) -> None:
    assert sum_of(site, exclude=["css/"]).files == 1
    assert sum_of(site, links="skip").links == 0
    followed = sum_of(site, links="follow")
    assert (followed.files, followed.links) == (3, 0)


def test_what_cannot_be_read_has_no_digest(site: pathlib.Path) -> None:
    (site / "nowhere").symlink_to("gone")
    with pytest.raises(BadSource, match="nowhere"):
        sum_of(site, links="follow")
