# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an ETag says of the content."""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.download import md5_in, strong

MD5 = "0123456789abcdef" * 2


@pytest.mark.parametrize("tag", [f'"{MD5}:1557051565.08561"', f'"{MD5}:1557051565"', f'"{MD5.upper()}:0.000001"'])
def test_object_store_puts_the_md5_into_it(tag: str) -> None:
    assert (strong(tag), md5_in(tag)) == (tag, MD5)


@pytest.mark.parametrize("tag", [f'"{MD5}"', '"5-6b7c"', f'"{MD5}:"', f'"{MD5}0:5"', f'"{MD5[1:]}:5"', f'"{MD5}:5.x"', '"é"'])
def test_what_else_is_in_it_is_no_md5(tag: str) -> None:
    assert (strong(tag), md5_in(tag)) == (tag if tag.isascii() else None, None)


@pytest.mark.parametrize("tag", [
    None, "", MD5, f'W/"{MD5}:5"', '""', '"a", "b"', '"a"b"', '"a', '"a b"', f'"{"a" * 201}"', '"a"\n', f'"{MD5}:5"\n',
])  # fmt: skip
def test_what_proves_nothing(tag: str | None) -> None:
    assert (strong(tag), md5_in(tag)) == (None, None)
