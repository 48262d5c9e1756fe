# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task asks for of its review: where the plan document goes, and which reviewed plan is to be carried out."""

from __future__ import annotations

import dataclasses
import os
import re
import typing as t

from .._local.whole_file import refuse_place
from .._model.errors import BadOptions
from .step_record import Subject

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")
_LONGEST = 10 * 366 * 86_400


@dataclasses.dataclass(frozen=True)
class ReviewOptions:
    """Paths are of this machine; the constructor raises BadOptions.

    plan_file      where the document of the plan is written, None for nowhere
    expect_plan    the document of the reviewed plan, None for none
    expect_digest  the digest of the reviewed plan, None for any
    expect_within  seconds for which a document holds, 0 for ever
    source         the local tree that is sent: a document in it would be sent, too
    """

    subject: Subject
    plan_file: t.Optional[bytes]
    expect_plan: t.Optional[bytes]
    expect_digest: t.Optional[str]
    expect_within: int
    source: bytes

    def __post_init__(self) -> None:
        if not 0 <= self.expect_within <= _LONGEST:
            raise BadOptions(f"expect_within: {self.expect_within} is not between 0 and {_LONGEST} seconds")
        if self.expect_digest is not None and not _DIGEST.match(self.expect_digest):
            hint = "Write sha256: and 64 hexadecimal digits, as plan.digest of a result has it. A document goes to expect_plan."
            raise BadOptions("expect_digest is no digest of a plan", hint=hint)
        if self.expect_plan == b"":
            raise BadOptions("expect_plan is empty", hint="An empty variable may have made it. Without a review, leave it out.")
        if b"\0" in (self.expect_plan or b""):
            raise BadOptions("expect_plan has a NUL")
        if self.plan_file is None:
            return
        refuse_place("plan_file", self.plan_file, self.source)
        if self.expect_plan is not None and os.path.realpath(self.plan_file) == os.path.realpath(self.expect_plan):
            hint = "Write the plan of this run to another file, or leave plan_file out."
            raise BadOptions("plan_file and expect_plan are the same file", hint=hint)

    @property
    def expects(self) -> bool:
        """Whether only a reviewed plan may be carried out."""
        return self.expect_plan is not None or self.expect_digest is not None
