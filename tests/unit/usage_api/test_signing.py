# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The published signature vectors (docs/usage-api.md#authentication)."""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api import signing

BASEBALL = "version=1&action=upload&md5=0123456789abcdef0123456789abcdef&mtime=1260000000"
MEDIA = "5, 0.0.0.0, 0.0.0.0, 1280000000, 382644692, UploadAccountMedia"
KEY1 = "5, 0.0.0.0, 0.0.0.0, 1280000000, 382644692, key1"
USER1 = "5, 0.0.0.0, 0.0.0.0, 1384128000, 1234, user1"

VECTORS = [
    ("abcdefghij", MEDIA, "/123456/files_baseball/sweep.m4a", BASEBALL, "yh1MXm/rv7RKZhfKlTuSUBV69Acph5IyOWCU0/nFjms="),
    ("abcdefghij", KEY1, "/dir1/dir2/file.html", BASEBALL, "vuCWPzdEW5OUlH1rLfHokWAZAWSdaGTM8yX3bgIDWtA="),
    ("abcdefghij", KEY1, "/dir1/dir2/file.ext", BASEBALL, "Ix98xZYkwygidinpmtKVk9+xPNn5QjozWDMROLjVWSo="),
    ("secret1", USER1, "/foobar", "version=1&action=download", "jKA6Rh9lCotwbE6BRPZve1fOl67yqKnZ+Z0b048jwYo="),
]


@pytest.mark.parametrize(("key", "auth_data", "target", "action", "expected"), VECTORS)
def test_the_client_signs_as_published(key: str, auth_data: str, target: str, action: str, expected: str) -> None:
    assert signing.signature(key, auth_data, target, action) == expected


def test_headers_are_those_of_the_documented_example() -> None:
    headers = signing.sign(
        "abcdefghij", "UploadAccountMedia", "/123456/files_baseball/sweep.m4a", BASEBALL, 1280000000, "382644692"
    )
    assert headers == {"X-Akamai-ACS-Auth-Data": MEDIA, "X-Akamai-ACS-Auth-Sign": VECTORS[0][4]}
