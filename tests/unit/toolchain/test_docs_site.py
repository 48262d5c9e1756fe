# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the pages in ``docs/`` become a site, as far as that takes no Sphinx: the list of the guides, and links."""

from __future__ import annotations

import importlib
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LISTED = (ROOT / "docs/README.md").read_text(encoding="utf-8")


@pytest.fixture
def docs_site(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "tests/toolchain"))
    return importlib.import_module("docs_site")


def test_the_list_of_guides_names_every_page_once(docs_site: types.ModuleType) -> None:
    named = [path for _title, entries in docs_site.parts(LISTED) for _name, path in entries]
    assert len(named) == len(set(named)) > 20
    assert {file.name for file in (ROOT / "docs").glob("*.md")} - {"README.md"} <= set(named)
    assert LISTED.count("\n* ") == len(named), "a line of the list that is not read"


def test_the_list_for_docs_ansible_com_is_the_same(docs_site: types.ModuleType) -> None:
    assert docs_site.RST.read_text(encoding="utf-8") == docs_site.for_docs_ansible_com(LISTED), "run make docs"


def test_links_lead_to_pages_of_the_site_or_to_the_repository(docs_site: types.ModuleType) -> None:
    site = docs_site.pages()
    text = "[a](purge.md#x), [b](../roles/mirror/README.md), [c](../LICENSE), [d](https://e.org/f.md), [e](#here)\n"
    assert docs_site.relinked(text, "docs/review.md", site) == (
        "[a](purge.md#x), [b](roles/mirror.md), "
        "[c](https://github.com/edgeops/netstorage/blob/main/LICENSE), [d](https://e.org/f.md), [e](#here)\n"
    )
    assert docs_site.relinked("[a](../../docs/purge.md)", "roles/mirror/README.md", site) == "[a](../purge.md)"
    code = "```text\n[a](no-such.md)\n```\n"
    assert docs_site.relinked(code, "docs/review.md", site) == code


def test_a_link_to_nothing_fails_the_site(docs_site: types.ModuleType) -> None:
    with pytest.raises(FileNotFoundError, match=r"docs/review\.md links to no-such\.md"):
        docs_site.relinked("[a](no-such.md)", "docs/review.md", docs_site.pages())


def test_each_guide_has_a_playbook_that_is_played(docs_site: types.ModuleType) -> None:
    """``tests/integration/test_guides.py`` plays what stands below the mark, and compares what it prints."""
    guides = [path for title, entries in docs_site.parts(LISTED) for _name, path in entries if title in ("Start here", "Guides")]
    assert len(guides) > 12
    for path in guides:
        blocks = (ROOT / "docs" / path).read_text(encoding="utf-8").split("<!-- run -->\n```console\n")[1:]
        assert any("ansible-playbook " in block.partition("\n```\n")[0] for block in blocks), path
