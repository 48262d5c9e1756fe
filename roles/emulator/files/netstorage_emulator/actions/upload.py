# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""upload: the body arrives, digests and size are checked, then the object appears at once (docs/usage-api.md#upload).

``=atend`` says that a value follows in the trailers, which are signed anew over the same path; rclone sends every
upload that way and announces no trailers. Nothing is stored if anything is wrong.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from .. import links, zip_index
from ..bodies import Arrival
from ..call import Call, parse_action, whole_number
from ..exchange import ACTION, Answered
from ..keys import locate
from ..objects import Kind, StoredObject
from ..reply import Reply, bad_request, forbidden
from . import conditions
from .download import etag_of

DIGESTS = ("md5", "sha1", "sha256")
_PARAMETERS = tuple((name, name.encode()) for name in DIGESTS)
AT_END = b"atend"


def begin(call: Call) -> Arrival:
    """Check what can be checked before the body, and make room for it."""
    check(call)
    return call.store.arrival([name for name, parameter in _PARAMETERS if parameter in call.params])


def check(call: Call) -> None:
    """What can be checked before the body."""
    if call.location.is_root:
        raise Answered(forbidden("upload onto the root of a CP code"))
    headers = call.exchange.headers
    if b"content-length" not in headers and b"transfer-encoding" not in headers:
        raise Answered(Reply(411, b"Length required\n"))
    if call.params.get(b"mtime") != AT_END:
        call.number(b"mtime")
    call.number(b"size")
    if call.params.get(b"index-zip", b"1") != b"1":
        raise Answered(bad_request("index-zip is not 1"))
    if b"index-zip" in call.params and not call.key.endswith(b".zip"):
        raise Answered(bad_request("index-zip is for names that end in .zip"))


def run(call: Call) -> Reply:
    """The body is complete."""
    arrival = call.exchange.arrival
    if arrival is None:
        return forbidden("no body")
    params = final_params(call)
    if not _verified(params, arrival):
        return Reply(call.knobs.verify_failure, b"Verification failed\n", note="verification")
    if _is_forbidden(call):
        return conditions.FAILED
    mtime = whole_number(params, b"mtime")
    key = _place(call)
    if b"index-zip" in params:
        arrival = zip_index.add(arrival, call.store.arrival(frozenset()), call.knobs.zip_index)
        call.exchange.arrival = arrival
    entry = StoredObject(key, Kind.FILE, arrival.size, arrival.digest("md5"),
                         int(time.time()) if mtime is None else mtime, None, arrival.keep(), call.store.stamp())
    call.store.put(entry)
    return call.done(b"")


def final_params(call: Call) -> Mapping[bytes, bytes]:
    """The parameters with those of the trailers, which are signed too, over them."""
    header = call.exchange.trailers.get(ACTION)
    if header is None:
        return call.params
    call.service.authenticate(call.exchange, call.exchange.trailers)
    late = parse_action(header)
    if late.get(b"version") != b"1" or late.get(b"action") != b"upload":
        raise Answered(bad_request("the action of the trailers is not upload"))
    return {**call.params, **late}


def _verified(params: Mapping[bytes, bytes], arrival: Arrival) -> bool:
    size = whole_number(params, b"size")
    if AT_END in params.values() or (size is not None and size != arrival.size):
        return False
    for name, parameter in _PARAMETERS:
        wanted = params.get(parameter)
        if wanted is not None and (not arrival.computes(name) or arrival.digest(name).encode() != wanted.lower()):
            return False
    return True


def _is_forbidden(call: Call) -> bool:
    """Whether the request was for another state than that which is there when its body is complete (knob)."""
    if call.knobs.conditional_upload == "ignored":
        return False
    present = call.present(call.key)
    etag = etag_of(call.knobs, present) if present is not None else b""
    return conditions.must_not_be_replaced(call.exchange.headers, present, etag)


def _place(call: Call) -> bytes:
    """Where the object goes: its key, or through a symlink if the knob says so."""
    present = call.present(call.key)
    if present is None or present.kind == Kind.FILE:
        return call.key
    if present.kind == Kind.DIRECTORY:
        raise Answered(Reply(409, b"A directory has this name\n"))
    if call.knobs.upload_onto_symlink == "replace":
        return call.key
    end = links.resolve(call.store.index, present) if call.knobs.upload_onto_symlink == "write_through" else None
    location = locate(b"/" + end[0]) if end is not None else None
    if end is None or location is None or not call.account.may_use(location) or location.is_root:
        raise Answered(Reply(409, b"A symlink has this name\n"))
    if end[1] is not None and end[1].kind == Kind.DIRECTORY:
        raise Answered(Reply(409, b"The symlink leads to a directory\n"))
    return end[0]
