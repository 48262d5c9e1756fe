# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This room is private to edgeops.netstorage: nothing here is a promise to other collections.

"""Whether two files of one name differ, and why: by what is known of them, or by a look into them where that is not enough.

An archive that the service adds an index to (``index_zip``) is larger there than here, by nobody knows how much, and has
another digest. So neither its size nor its digest is compared; somebody looks whether its members are ours.
"""

from __future__ import annotations

import typing as t

from .._model.entries import Entry, Rendered
from .policy import Policy
from .steps import Why

_MAKE = tuple.__new__  # a named tuple's own constructor takes three times as long


class Question(t.NamedTuple):
    """Two files that only a look into the local one, or for an archive into both, can tell apart."""

    want: Entry
    have: Entry


class Answer(t.NamedTuple):
    """
    md5      of the local file
    indexed  whether what stands there is the wanted archive with an index
    """

    md5: str
    indexed: bool = False


def compared(policy: Policy, want: Entry, have: Entry) -> Why | Question | None:
    """Why two files differ, None where they do not, or the question that decides."""
    if policy.index_zip and policy.index_zip.match(want.name):
        return _compared_archive(policy, want, have)
    if want.size != have.size:
        return Why.SIZE
    by_time = policy.compare == "size_mtime" and want.mtime == have.mtime
    if (by_time or policy.compare == "size") and not isinstance(want, Rendered):
        return None
    if policy.fetches and want.md5 is None:
        return None if want.mtime == have.mtime else Why.CONTENT  # nothing but the time is there to compare
    question, here = _MAKE(Question, (want, have)), have if policy.fetches else want
    return question if here.md5 is None else answered(policy, question, Answer(here.md5))


def answered(policy: Policy, question: Question, answer: Answer) -> Why | None:
    """The same, now that somebody has looked."""
    there = question.want if policy.fetches else question.have
    equal = answer.md5 == there.md5
    if policy.index_zip and policy.index_zip.match(question.want.name):
        return None if answer.indexed else Why.NOT_INDEXED if equal else Why.CONTENT
    return None if equal else Why.CONTENT


def _compared_archive(policy: Policy, want: Entry, have: Entry) -> Why | Question | None:
    """Its size by itself says nothing; its time does, unless every file is given the same one."""
    added = (have.size or 0) - (want.size or 0)
    if added < 0:
        return Why.SIZE
    trusted = policy.compare == "size_mtime" and policy.mtime == "preserve" and want.mtime == have.mtime
    return None if added and trusted else Question(want, have)
