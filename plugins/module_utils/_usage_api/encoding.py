# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Request targets and action headers: names as bytes in, ASCII text out, exactly as signed and sent.

Everything but letters, digits and ``- . _ ~`` is percent-encoded, in upper-case hex. Nothing that is left raw, and no
escape that is written, may be rewritten on the way by a correct proxy (RFC 3986, 6.2.2.2); the kits of the service do
the same. Slashes and dots are name bytes and stay where they are, also ``//``, ``.`` and ``..``.
"""

from __future__ import annotations

import re
import typing as t
from urllib.parse import quote_from_bytes, quote_plus

from .._model.paths import SLASH

ACTION_HEADER = "X-Akamai-ACS-Action"

# What needs no encoding, so most names and all of the service's own words. Kept apart because encoding is slow.
_PLAIN_PATH = re.compile(rb"[A-Za-z0-9\-._~/]*\Z").match
_PLAIN = re.compile(r"[A-Za-z0-9\-._~]*\Z").match

Value = t.Union[str, int, bytes]


def target(path: bytes) -> str:
    """The request target of an absolute path: each segment percent-encoded, slashes kept."""
    return path.decode("ascii") if _PLAIN_PATH(path) else quote_from_bytes(path, safe="/")


def directory_path(path: bytes) -> bytes:
    """The path that asks for a directory. The service adds the final slash itself and takes one as a separator, so only
    a directory whose own name ends in a slash needs one more: ``new/`` is asked for as ``new//`` (user guide).
    """
    return path + SLASH if path.endswith(SLASH) else path


def action_header(action: str, parameters: t.Iterable[tuple[str, Value]] = ()) -> str:
    """The value of ``X-Akamai-ACS-Action``. Values are form-encoded: a slash is ``%2F``, a blank ``+``."""
    return f"version=1&action={action}" + "".join([f"&{name}={_form(value)}" for name, value in parameters])


def _form(value: Value) -> str:
    if isinstance(value, int) or (isinstance(value, str) and _PLAIN(value)):
        return str(value)
    return quote_plus(value if isinstance(value, bytes) else str(value), safe="")
