# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Archives that the service adds an index to (``index_zip``): are they still the ones that were sent?

The index is a table of hashes in a comment, so it comes behind the members and their list (user guide, "Index your
archives"). What that table looks like nobody knows, and nothing here depends on it: the list of members must stand in the
stored archive where it stands in ours, byte for byte, and something must have been added. A service that did it in
another way would be sent the archive again by every run; a change would never be missed.
"""

from __future__ import annotations

from .._local.zip_archive import Members
from .._model.errors import NotFound
from .._plan.compare import Answer, Question
from .._usage_api.client import Client
from .unlisted import md5_there

SUFFIX = b".zip"  # the service indexes no other name (docs/usage-api.md#upload)


def looked_into(client: Client, path: bytes, question: Question, md5: str, members: Members) -> Answer:
    """What is known of an archive and of what stands at ``path``, after a look into the latter."""
    added = (question.have.size or 0) - (question.want.size or 0)
    if added > 0 or question.have.md5 is not None:
        return Answer(md5, indexed=added > 0 and has_members(client, path, members))
    try:
        return Answer(md5, there=md5_there(client, path))
    except NotFound:
        return Answer(md5)


def has_members(client: Client, path: bytes, members: Members) -> bool:
    """Whether the stored archive has this very list of members, in the same place."""
    try:
        return client.piece_digest(path, members.offset, members.size) == members.sha256
    except NotFound:
        return False  # it has just gone
