# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that have to go through every action and every task byte for byte."""

from __future__ import annotations

ODD = [
    b"blank in it",
    b" blanks around ",
    b"plus+percent%25&and=#hash?query",
    b"quotes'\"`<>",
    b"semi;comma,colon:at@",
    "größe-日本語-😀".encode(),
    "cafe\u0301".encode(),
    b"latin-\xe9-\xff",
    b"tab\tand\nline",
    b"back\\slash|bar^{}[]~",
    b".hidden",
    b"...",
    b"x" * 200,
]
