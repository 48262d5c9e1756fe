# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Further requests for files whose listing does not show whether they are the same.

**Files whose rows have no MD5.** The ETag of most objects has it, for one request without a body. Where that has none either,
times decide where they can (``_plan/compare.py: time_tells``), and else the content is downloaded: that transfers as many bytes
as an upload, but neither uploads what is there already nor takes different files for the same.

**Archives that the service adds an index to** (``index_zip``). The index is a table of hashes in a comment, so it comes
behind the members and their list (user guide, "Index your archives"). The format of that table is not documented, and nothing
here depends on it: the list of members must be in the stored archive at the same offset as in the local one, byte for byte, and
something must have been added. If the service did it in another way, every run would send the archive again; a change would
never be missed.
"""

from __future__ import annotations

import typing as t

from .._local.file_content import FileContent
from .._local.zip_archive import Members
from .._model.entries import Entry, Kind
from .._model.errors import AuthRefused, BadReply, NotFound, Refused
from .._plan.compare import Answer, Question, time_tells
from .._plan.policy import Policy
from .._usage_api.client import Client
from .._usage_api.download import md5_in

SUFFIX = b".zip"  # the service indexes no other name (docs/usage-api.md#upload)


def md5_there(client: Client, path: bytes) -> str | None:
    """The MD5 in the ETag of a file; None where there is none, or where the service refuses a HEAD request. NotFound."""
    try:
        return md5_in(client.etag(path))
    except (AuthRefused, Refused):
        return None


def with_md5(client: Client, path: bytes, row: Entry) -> Entry:
    """The row, with the MD5 of the ETag if it lacks one."""
    if row.kind is not Kind.FILE or row.md5 is not None:
        return row
    try:
        return row._replace(md5=md5_there(client, path))
    except NotFound:
        return row


Digest = t.Callable[[], t.Optional[str]]


def answer(client: Client, path: bytes, question: Question, policy: Policy, md5: Digest, sha256: Digest) -> Answer:
    """Compares a file at ``path`` on the service whose row has no MD5 with a local one, which is hashed only if that decides."""
    try:
        there = md5_there(client, path)
        if there is not None:
            return Answer(md5(), there=there)
        if time_tells(policy, question):
            return Answer(None)
        return Answer(None, same=_reads_the_same(client, path, question.want.size or 0, sha256()))
    except NotFound:
        return Answer(None, same=False)  # it has just been deleted


def _reads_the_same(client: Client, path: bytes, size: int, sha256: str | None) -> bool:
    try:
        return client.digest(path, size) == (size, sha256)
    except BadReply:
        return False  # it has another size by now


def sha256_of(path: bytes, size: int | None) -> str | None:
    """The SHA-256 of a local file. BadSource where it cannot be read, or has another size."""
    content = FileContent(path, with_md5=False)
    content.must_have(size)
    return content.sha256


# -- archives with an index


def looked_into(client: Client, path: bytes, question: Question, md5: str, members: Members) -> Answer:
    """Compares a local archive with the one at ``path``, by a download of the list of members."""
    added = (question.have.size or 0) - (question.want.size or 0)
    if added > 0 or question.have.md5 is not None:
        return Answer(md5, indexed=added > 0 and has_members(client, path, members))
    try:
        return Answer(md5, there=md5_there(client, path))
    except NotFound:
        return Answer(md5)


def has_members(client: Client, path: bytes, members: Members) -> bool:
    """Whether the stored archive has the same list of members, at the same offset."""
    try:
        return client.piece_digest(path, members.offset, members.size) == members.sha256
    except NotFound:
        return False  # it has just been deleted
