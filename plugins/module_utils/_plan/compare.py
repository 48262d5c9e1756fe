# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether two files of one name differ, and why: by their metadata, or by their content where that is not enough.

An archive that the service adds an index to (``index_zip``) is larger there than here, by an unknown amount, and has another
digest. So neither its size nor its digest is compared, but the list of its members.

A service may list no MD5. Then it is requested, and if it is not available, the times decide, or the content itself.
"""

from __future__ import annotations

import typing as t

from .._model.entries import Entry, Rendered
from .policy import Policy
from .steps import Why

_MAKE = tuple.__new__  # a named tuple's own constructor takes three times as long


class Question(t.NamedTuple):
    """Two files that can only be compared by reading the local one, or both.

    asks  whether the answer takes a request: for an archive, and where the service lists no MD5
    """

    want: Entry
    have: Entry
    asks: bool = False


class Answer(t.NamedTuple):
    """
    md5      of the local file, None where it was not needed
    indexed  whether the stored object is the wanted archive with an index
    there    the md5 of the stored object, where it is not listed but known
    same     whether the content is the same, where it was read; None where it was not
    """

    md5: str | None
    indexed: bool = False
    there: str | None = None
    same: bool | None = None


def compared(policy: Policy, want: Entry, have: Entry) -> Why | Question | None:
    """Why two files differ, None where they do not, or the question that decides."""
    if policy.index_zip and policy.index_zip.match(want.name):
        return _compared_archive(policy, want, have)
    if want.size != have.size:
        return Why.SIZE
    by_time = policy.compare == "size_mtime" and want.mtime == have.mtime
    if (by_time or policy.compare == "size") and not isinstance(want, Rendered):
        return None
    if want.md5 is not None and have.md5 is not None:
        return None if want.md5 == have.md5 else Why.CONTENT
    there = want if policy.fetches else have
    return _MAKE(Question, (want, have, there.md5 is None))


def answered(policy: Policy, question: Question, answer: Answer) -> Why | None:
    """The same, given the answer to the question."""
    there = _md5_there(policy, question, answer)
    equal = there is not None and answer.md5 == there
    if policy.index_zip and policy.index_zip.match(question.want.name):
        return None if answer.indexed else Why.NOT_INDEXED if equal else Why.CONTENT
    if there is None:
        equal = question.want.mtime == question.have.mtime if answer.same is None else answer.same
    return None if equal else Why.CONTENT


def time_tells(policy: Policy, question: Question) -> bool:
    """Whether the times decide where no digest is known.

    An upload gets the time of the local file, unless the task sets another one. So a file with the same time is what was sent;
    one with another time may still be equal, so its content is read. A fetched file gets the time that is listed.
    """
    want, have = question.want, question.have
    if want.mtime is None or have.mtime is None:
        return False
    return policy.fetches or (policy.mtime == "preserve" and want.mtime == have.mtime)


def by_time_alone(policy: Policy, question: Question, answer: Answer) -> bool:
    """Whether size and time were all that there was to compare."""
    known = _md5_there(policy, question, answer) is not None or answer.same is not None
    return not known and not (policy.index_zip and policy.index_zip.match(question.want.name))


def _md5_there(policy: Policy, question: Question, answer: Answer) -> str | None:
    return (question.want if policy.fetches else question.have).md5 or answer.there


def _compared_archive(policy: Policy, want: Entry, have: Entry) -> Why | Question | None:
    """The size of an archive says nothing; its time does, unless the task sets the same time for all files."""
    added = (have.size or 0) - (want.size or 0)
    if added < 0:
        return Why.SIZE
    trusted = policy.compare == "size_mtime" and policy.mtime == "preserve" and want.mtime == have.mtime
    return None if added and trusted else Question(want, have, True)
