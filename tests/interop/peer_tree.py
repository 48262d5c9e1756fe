# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tree that both programs must agree on: every kind of name and entry that both can carry.

Left out, because rclone respells such names (control characters become U+24xx, bytes that are no UTF-8 are quoted) or
stores such links otherwise than they are written (a slash at the end of a target).
"""

from __future__ import annotations

import os
import random
from pathlib import Path

SIGNS = "a b|plus+sign|100%|%41|a&b|hash#tag|why?|it's|say \"hi\"|[set]|{brace}|{{x}}|hat^|semi;colon|k=v|a,b|me@home"
MORE_SIGNS = "co:lon|$HOME|~tilde|back\\slash|ba`ck|pi|*star|(round)|ex!|<less>|a\u00b7b| blank before|blank behind "
UNICODE = "gr\u00fc\u00dfe.txt|\u65e5\u672c\u8a9e.txt|\u0436\u0443\u043a|emoji \U0001f6a2.html|caf\u00e9"
DOTTED = ".hidden|..two|...|.well-known"
SIBLINGS = ("dir", "dir-x", "dir.x", "dir0", "dir+", "dirx")
LONG = ("l" * 200, "\u00fc" * 100)  # 200 bytes each
LARGE = 30 * 1024 * 1024
DEPTH = 20


def make_tree(root: Path) -> Path:
    """The whole tree below ``root``, the same bytes each time."""
    _signs(root)
    _siblings(root)
    _large(root)
    _deep(root)
    _links(root)
    _write(root / "index.html", "<h1>front page</h1>\n")
    _write(root / "page.html", "<h1>page</h1>\n")
    _write(root / "empty.txt", "")
    (root / "empty directory" / "in here").mkdir(parents=True)
    return root


def entries(root: Path) -> list[str]:
    """Every path below ``root`` as ``rclone lsf -R --links`` writes it: directories with a slash, links with the suffix
    ``.rclonelink``; sorted."""
    found: list[str] = []
    for folder, directories, files in os.walk(root):
        for name in directories + files:
            path = Path(folder, name)
            relative = str(path.relative_to(root))
            suffix = ".rclonelink" if path.is_symlink() else "/" if path.is_dir() else ""
            found.append(relative + suffix)
    return sorted(found)


def directories(root: Path) -> list[str]:
    """The directories among ``entries``."""
    return [entry for entry in entries(root) if entry.endswith("/")]


def _signs(root: Path) -> None:
    names = "|".join((SIGNS, MORE_SIGNS, UNICODE, DOTTED)).split("|")
    for name in (*names, *LONG):
        _write(root / "names" / name, f"file {name}\n")
        _write(root / "folders" / name / name, f"in folder {name}\n")


def _siblings(root: Path) -> None:
    for name in SIBLINGS:
        _write(root / "siblings" / name / "file.txt", f"{name}\n")
        _write(root / "siblings" / f"{name}.txt", f"beside {name}\n")


def _large(root: Path) -> None:
    (root / "large.bin").write_bytes(random.Random(7).randbytes(LARGE))


def _deep(root: Path) -> None:
    deep = root
    for level in range(DEPTH):
        deep = deep / f"level {level}"
    _write(deep / "bottom.txt", "down here\n")


def _links(root: Path) -> None:
    links = root / "links"
    (links / "sub").mkdir(parents=True)
    (links / "down").symlink_to("sub/target.txt")
    (links / "up").symlink_to("../page.html")
    (links / "sub" / "up up").symlink_to("../../names/plus+sign")
    (links / "to a directory").symlink_to("../siblings/dir")
    (links / "dangling").symlink_to("not there %41+b")
    (links / "gr\u00fcn").symlink_to("../names/gr\u00fc\u00dfe.txt")
    _write(links / "sub" / "target.txt", "the target\n")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
