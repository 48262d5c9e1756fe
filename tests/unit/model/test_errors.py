# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors say what, where and what next, and have a stable word each."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model import errors

CODES = {
    "error", "bad_options", "bad_source", "source_changed", "guard", "link_in_the_way", "auth_refused", "not_a_directory",
    "not_found", "conflict", "refused", "throttled", "service_failed", "unreachable", "bad_response", "listing_incomplete",
    "listing_disorder", "object_changed", "local_failed", "local_unknown", "partly_done", "stopped", "unproved",
    "quick_delete_off", "still_deleting", "undone", "before_differs", "refused_object", "stale_edge", "missing_at_edge",
    "not_propagated", "unknown_id",
}  # fmt: skip


def family(error: type[errors.NetStorageError]) -> t.Iterator[type[errors.NetStorageError]]:
    yield error
    for child in error.__subclasses__():
        yield from family(child)


def test_every_error_has_its_own_word() -> None:
    # Other rooms may have a narrower class of their own under the same word: whether they are loaded makes no difference.
    words = [error.code for error in family(errors.NetStorageError) if error.__module__ == errors.__name__]
    assert sorted(words) == sorted(CODES)


@pytest.mark.parametrize(
    ("message", "path", "hint", "text"),
    [
        ("It broke", None, "", "It broke."),
        ("It broke.", None, "", "It broke."),
        ("It broke", b"/1/a", "", "It broke (/1/a)."),
        ("/1/a broke", b"/1/a", "", "/1/a broke."),
        ("It broke", b"/1/\n", "Mend it.", "It broke (/1/\\x0a). Mend it."),
        ("It broke", None, "Mend it.", "It broke. Mend it."),
    ],
)
def test_the_text_is_a_sentence(message: str, path: bytes | None, hint: str, text: str) -> None:
    assert str(errors.NetStorageError(message, path=path, hint=hint)) == text


def test_the_failure_holds_plain_values() -> None:
    error = errors.Conflict("No", path=b"/1/\xff", action="rmdir", status=409, hint="Empty it.")
    assert error.failure() == {
        "code": "conflict",
        "action": "rmdir",
        "path": "/1/\\xff",
        "status": 409,
        "hint": "Empty it.",
    }
    assert errors.BadOptions("No").failure() == {
        "code": "bad_options",
        "action": None,
        "path": None,
        "status": None,
        "hint": "",
    }


def test_a_guard_is_its_own_word() -> None:
    assert errors.GuardTripped("max_delete", "Too many").failure()["code"] == "max_delete"
    assert errors.GuardTripped.code == "guard"
