# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The README, which Galaxy shows without the rest of the repository."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
OUTSIDE_CODE = re.sub(r"^```.*?^```", "", README, flags=re.M | re.S)
OWN = "https://github.com/edgeops/netstorage/blob/main/"
PICTURES = "https://raw.githubusercontent.com/edgeops/netstorage/main/"
HEADINGS = [
    "Description", "Requirements", "Installation", "Use Cases", "Testing", "Contributing", "Support", "Release Notes and Roadmap",
    "Related Information", "License Information",
]  # fmt: skip
"""Those of the template for certified content, in its order."""


def anchor(heading: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(page: str) -> list[str]:
    return [anchor(heading) for heading in re.findall(r"^#+ (.+)$", page, flags=re.M)]


def test_its_headings_are_those_of_the_template() -> None:
    assert re.findall(r"^## (.+)$", OUTSIDE_CODE, flags=re.M) == HEADINGS


def test_every_link_is_absolute_and_what_it_names_is_there() -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", OUTSIDE_CODE)
    assert len(links) > 40
    for link in links:
        place, _hash, name = link.partition("#")
        file = ROOT / place.removeprefix(OWN).removeprefix(PICTURES)
        if place and not link.startswith((OWN, PICTURES)):
            assert link.startswith("https://"), link
        elif place:
            assert file.is_file(), link
        if name and file.suffix == ".md":
            assert name in anchors(file.read_text(encoding="utf-8")), link
        if not place:
            assert name in anchors(OUTSIDE_CODE), link


def test_everything_that_the_collection_has_is_in_its_index() -> None:
    parts = {path.stem for kind in ("modules", "lookup", "filter") for path in (ROOT / "plugins" / kind).glob("ns_*")}
    parts |= {path.stem for path in (ROOT / "playbooks").glob("*.yml")} | {path.name for path in (ROOT / "roles").iterdir()}
    rows = "\n".join(line for line in OUTSIDE_CODE.splitlines() if line.startswith("| "))
    assert set(re.findall(r"`edgeops\.netstorage\.(\w+)`", rows)) == parts


def test_it_names_the_versions_that_are_tested_and_required() -> None:
    required = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))["requires_ansible"]
    assert f"ansible-core {required.removeprefix('>=').removesuffix('.0')} or newer" in README
    cores = re.findall(r'Core\("(\d+\.\d+)', (ROOT / "tests/toolchain/prepare.py").read_text(encoding="utf-8"))
    table = README[README.index("| ansible-core |") :].partition("\n\n")[0]
    assert set(re.findall(r"\b2\.\d+\b", table)) == set(cores)
