# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""``du``: how much there is below a directory (docs/usage-api.md#du)."""

from __future__ import annotations

from .._model.errors import BadReply
from .pages import XML, reader
from .request import Request, directory_path
from .sender import Sender
from .xml_parser import Usage


def du(sender: Sender, path: bytes) -> Usage:
    """NotFound where ``path`` is no directory."""
    usage = sender.ask(Request("du", directory_path(path), XML), reader("du")).usage
    if usage is None:
        raise BadReply("The answer leaves out how much is there", path=path, action="du")
    return usage
