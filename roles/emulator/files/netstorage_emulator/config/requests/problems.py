# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the Configuration API says of a request that it refuses: ``application/problem+json``."""

from __future__ import annotations

import uuid
from typing import NamedTuple

from ...exchange import Answered
from ..purges import json_reply

NOT_ACCESSIBLE = ("error-types/not.accessible", "Not accessible")
PROBLEM = b"application/problem+json"


class Flaw(NamedTuple):
    """One entry of ``errors``. A ``value`` of None is left out, and so is that of a secret."""

    field: str
    value: object
    detail: str
    kind: str = "error-types/invalid"
    title: str = "Invalid value"

    def present(self) -> dict[str, object]:
        shown = {"type": self.kind, "title": self.title, "detail": f"{self.field} {self.detail}".strip(), "field": self.field}
        is_plain = isinstance(self.value, (str, int, float)) and not self.field.endswith("key")
        return {**shown, "value": self.value} if is_plain else dict(shown)


def problem(status: int, kind: str, title: str, detail: str, *flaws: Flaw, headers: tuple[tuple[bytes, bytes], ...] = ()
            ) -> Answered:
    document = {"type": kind, "title": title, "status": status, "detail": detail, "instance": str(uuid.uuid4()),
                "errors": [flaw.present() for flaw in flaws]}
    note = "; ".join(f"{flaw.field} {flaw.detail}".strip() for flaw in flaws) or title
    return Answered(json_reply(status, document, PROBLEM, headers, note=note[:300]))


def invalid(*flaws: Flaw) -> Answered:
    return problem(400, "validation-error", "Validation failure", "Validation failed. Please review the errors.", *flaws)


def not_accessible(field: str, value: object, what: str, status: int = 400) -> Answered:
    """An id that is not known, or not to this client."""
    flaw = Flaw(field, value, f"{what} is not visible to this client", *NOT_ACCESSIBLE)
    if status == 400:
        return invalid(flaw)
    return problem(status, "forbidden" if status == 403 else "not-found", "Forbidden" if status == 403 else "Not found",
                   f"{what} is not visible to this client", flaw)


def refused(field: str, value: object, detail: str) -> Answered:
    """400 for what is well formed and cannot be done."""
    return invalid(Flaw(field, value, detail, "error-types/not.allowed", "Not allowed"))
