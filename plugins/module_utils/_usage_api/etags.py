# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""ETags: what one says about the content of an object. Pure.

A strong one stands for one sequence of bytes (RFC 9110, 8.8.3), so two answers with the same belong together. ObjectStore puts
the MD5 of the content into it, and the time at which it was stored (docs/usage-api.md#download); what others put there is theirs
to know.
"""

from __future__ import annotations

import re

_STRONG = re.compile(r'"[\x21\x23-\x7e]{1,200}"\Z')
_WITH_MD5 = re.compile(r'"([0-9A-Fa-f]{32}):[0-9]{1,19}(?:\.[0-9]{1,19})?"\Z')


def strong(tag: str | None) -> str | None:
    """The tag, None where it is weak, empty or none at all.

    >>> strong('"5-6b"'), strong('W/"5-6b"')
    ('"5-6b"', None)
    """
    return tag if tag is not None and _STRONG.match(tag) else None


def md5_in(tag: str | None) -> str | None:
    """The MD5 that is part of it, in lower-case hex; None where there is none.

    >>> md5_in('"0cc175b9c0f1b6a831c399e269772661:1557051565.08561"')
    '0cc175b9c0f1b6a831c399e269772661'
    """
    found = _WITH_MD5.match(tag) if tag is not None else None
    return found.group(1).lower() if found is not None else None
