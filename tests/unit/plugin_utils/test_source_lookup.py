# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup ns_source: what a directory that is to be sent amounts to."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible_collections.edgeops.netstorage.plugins.lookup.ns_source import DOCUMENTATION, LookupModule


def looked_up(folder: pathlib.Path, term: str, **options: t.Any) -> dict[str, t.Any]:
    """With the options as documented; reading them is Ansible's part, which needs its plugin loader."""
    documented = yaml.safe_load(DOCUMENTATION)["options"]
    values = {name: option.get("default") for name, option in documented.items()} | options
    lookup = LookupModule(loader=DataLoader())
    lookup.set_options, lookup.get_option = (lambda **_given: None), values.__getitem__
    found: list[dict[str, t.Any]] = lookup.run([term], {"ansible_search_path": [str(folder)]}, **options)
    return found[0]


@pytest.fixture
def role(tmp_path: pathlib.Path) -> pathlib.Path:
    site = tmp_path / "files/site"
    (site / "drafts").mkdir(parents=True)
    (site / "index.html").write_text("<h1>")
    (site / "drafts/idea.html").write_text("?")
    (site / "home.html").symlink_to("index.html")
    return tmp_path


def test_it_finds_the_directory_where_ns_sync_does(role: pathlib.Path) -> None:
    found = looked_up(role, "site")
    assert found["path"] == str(role / "files/site")
    assert {name: found[name] for name in ("files", "links", "directories", "bytes")} == {
        "files": 2, "links": 1, "directories": 1, "bytes": 5,
    }  # fmt: skip
    assert looked_up(role, str(role / "files/site") + "/") == found


def test_its_options_are_those_of_ns_sync(role: pathlib.Path) -> None:
    everything = looked_up(role, "site")["digest"]
    without = looked_up(role, "site", exclude=["/drafts/"])
    assert (without["files"], without["directories"]) == (1, 0)
    only = looked_up(role, "site", include=["index.html"])
    assert (only["files"], only["links"]) == (1, 0)
    followed = looked_up(role, "site", links="follow")
    assert (followed["files"], followed["links"]) == (3, 0)
    assert len({everything, *(found["digest"] for found in (without, only, followed))}) == 4


def test_what_is_not_there_is_named(role: pathlib.Path) -> None:
    with pytest.raises(AnsibleError, match="elsewhere does not exist"):
        looked_up(role, "elsewhere")
    with pytest.raises(AnsibleError, match="is not a directory"):
        looked_up(role, "site/index.html")
