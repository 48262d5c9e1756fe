# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes, each carried out once as far as that can be known.

When the response to a change was lost, or did not come from the service, it is unknown whether the change was carried out. So
before a change that must not be sent twice is repeated, and when its repetition is refused, the service is asked whether it has
happened: then it is a success. A change that was sent more than once, or was never seen, is *pending* from then on (``pending``).
"""

from __future__ import annotations

import functools
import typing as t

from .._model.entries import Entry, Kind, may_be_same, same_target
from .._model.errors import AuthRefused, BadReply, Conflict, NetStorageError, NotFound, Refused, Stopped
from .._model.paths import shown
from .dir_listing import children
from .download import etag, md5_in
from .request import AT_END, Content, Request, RequestFailed, Value, directory_path
from .sender import Sender
from .stat import stat

# Reads may lag behind writes (docs/usage-api.md#consistency: usually under a second). Seconds between checks.
_LOOKS = (0.0, 0.25, 0.5, 1.0)
# A service that still sees the last child just after its deletion (docs/usage-api.md#unknowns, rmdir_lag). Seconds between tries.
_LAG = (0.1, 0.2, 0.4, 0.8, 1.0, 1.0)
_NOT_EMPTY_YET = 3  # tries of _LAG after which a child that is still listed counts as present

_CONFIRMED = (("quick-delete", "imreallyreallysure"),)  # without it the service accepts the request and does nothing
_NOT_EMPTY = frozenset({403, 409, 412})  # it is not known which of them (docs/usage-api.md#unknowns, rmdir_nonempty)

Check = t.Callable[[], bool]


def carry_out(
    sender: Sender,
    request: Request,
    is_done: Check,
    settles: t.Callable[[int | None], bool] | None = None,
    fenced: bool = False,
) -> None:
    """Sends a change until the service has confirmed it, or a check has shown that it was carried out.

    Args:
        is_done: whether the change is to be seen on the service.
        settles: after a lost response, whether a status that refuses the repetition shows that the first try was carried out.
            None for a change that may be sent twice: it is checked only if a response did not come from the service.
        fenced: see ``pending.Late``.

    Raises:
        NetStorageError: of the last try, BadReply if only a proxy or a portal has responded.
    """
    sender.pending.before(request)
    lost: list[float] = []
    done = False
    try:
        _try_on(sender, request, is_done, settles, lost)
        done = True
    finally:
        sender.pending.repeated(request, lost, not done, fenced)
    sender.pending.done(request)


def _try_on(
    sender: Sender, request: Request, is_done: Check, settles: t.Callable[[int | None], bool] | None, lost: list[float]
) -> None:
    """``lost`` collects the times at which the tries were signed that may still be carried out."""
    patience = sender.patience()
    doubt: RequestFailed | None = None
    while True:
        try:
            return sender.change(request, fresh=patience.fresh)
        except Stopped:
            if doubt is None:
                raise
            raise doubt.error from doubt.__cause__  # the change may have been done, so it has failed and is not merely left
        except RequestFailed as failure:
            if (
                doubt is not None
                and settles is not None
                and not failure.doubtful
                and _seen(doubt, functools.partial(settles, failure.error.status))
            ):
                return None
            doubt = failure if failure.doubtful else doubt
            if failure.lost:
                lost.append(failure.signed)
            if failure.doubtful and (settles is not None or failure.foreign) and _seen(failure, is_done):
                del lost[:1]  # one of them has been carried out
                return None
            patience.after(failure)


def _seen(doubt: RequestFailed, look: Check) -> bool:
    """The result of the check. If the run is cancelled before it, the doubt is raised, as above."""
    try:
        return look()
    except Stopped:
        raise doubt.error from doubt.__cause__


def _is_seen(sender: Sender, is_done: Check) -> bool:
    for pause in _LOOKS:
        if pause:
            sender.sleep(pause)
        if is_done():
            return True
    return False


def _is_gone(status: int | None) -> bool:
    return status == 404


def _twice(is_done: Check) -> Check:
    """Checks twice: a listing of a tree that changes may leave out a row once."""
    return lambda: is_done() and is_done()


def delete(sender: Sender, path: bytes) -> None:
    """Removes a file or symlink. NotFound where there was none before the first try."""
    carry_out(sender, Request("delete", path), _twice(lambda: stat(sender, path).object is None), _is_gone)


def rename(sender: Sender, path: bytes, destination: bytes, known: Entry | None = None, *, fenced: bool = False) -> None:
    """Renames a file or symlink. NotFound; Conflict where the destination exists and the service does not replace.

    known: what stands at ``path``, to recognise it at the destination after a response was lost.
    fenced: the service refuses a rename onto a name that is taken, and nothing else ever has this destination: so something
        may be put at ``path`` although the rename might be carried out late. The destination goes only when it cannot.
    """

    def is_done() -> bool:
        if stat(sender, path).object is not None:
            return False
        moved = stat(sender, destination).object
        return moved is not None and (known is None or may_be_same(moved, known))

    request = Request("rename", path, (("destination", destination),))
    carry_out(sender, request, is_done, lambda status: status in (404, 409, 412) and _is_seen(sender, is_done), fenced)


def symlink(sender: Sender, path: bytes, target: bytes, mtime: int | None = None) -> None:
    """Stores a symlink, its target verbatim. Conflict where the name is taken, the service does not replace, and no such symlink
    is there.

    Only after a lost response can the refusal be caused by the link that this very call has made; then wait for a replica that
    does not show it yet. Otherwise one check shows whether another client has made the same link.
    """

    def is_there(with_mtime: bool = False) -> bool:
        link = stat(sender, path).link
        if link is None or not same_target(link.target, target):
            return False
        return not with_mtime or mtime is None or link.mtime == mtime

    parameters: tuple[tuple[str, Value], ...] = (("target", target),)
    if mtime is not None:
        parameters += (("mtime", mtime),)
    request = Request("symlink", path, parameters)
    try:
        carry_out(sender, request, lambda: is_there(True), lambda status: status == 409 and _is_seen(sender, is_there))
    except Conflict as error:
        if error.status != 409 or not is_there():
            raise


def mkdir(sender: Sender, path: bytes) -> None:
    """Makes the directory explicit; a success where it is already. May be sent twice: 409 with an explicit directory there is a
    success (docs/usage-api.md#unknowns, mkdir_existing)."""

    def is_there() -> bool:
        return stat(sender, path).has_explicit_directory

    try:
        carry_out(sender, Request("mkdir", directory_path(path)), is_there)
    except Conflict as error:
        if error.status != 409 or not _is_seen(sender, is_there):
            raise


def rmdir(sender: Sender, path: bytes) -> None:
    """Removes an explicit, empty directory. NotFound where there was none, Conflict with the name of a child where it is not
    empty. Waits a few seconds for a service that still sees a deleted child."""
    request = Request("rmdir", directory_path(path))
    for tries, pause in enumerate((*_LAG, None)):
        try:
            return carry_out(sender, request, _twice(lambda: not stat(sender, path).has_explicit_directory), _is_gone)
        except (AuthRefused, Conflict) as error:
            if error.status not in _NOT_EMPTY:
                raise
            child = _first_child(sender, path, error)
            if child is not None and tries >= _NOT_EMPTY_YET:
                raise _not_empty(path, child, error) from error
            if pause is None:
                raise
            sender.sleep(pause)
    return None


def upload(sender: Sender, path: bytes, content: Content, mtime: int | None, index_zip: bool = False) -> None:
    """Stores a file; the service checks size and digest and stores nothing otherwise (Conflict). Without an mtime it takes the
    time at which the upload ends. Errors while the content is read are passed on. May be sent twice: the content is the same.

    index_zip  an index for serve-from-zip is added. The path must end in .zip, and the digest be known
    """

    def is_there() -> bool:
        found = stat(sender, path).object
        if found is None or (found.kind, found.size) != (Kind.FILE, content.size) or mtime not in (None, found.mtime):
            return False
        try:
            md5 = found.md5 or md5_in(etag(sender, path))
        except (AuthRefused, BadReply, Refused):
            return False  # this service does not show it
        return md5 is not None and md5 == content.md5_now()

    carry_out(sender, _upload(path, content, mtime, index_zip), is_there)


def _upload(path: bytes, content: Content, mtime: int | None, index_zip: bool) -> Request:
    at_end: tuple[tuple[str, Value], ...] = () if mtime is None else (("mtime", mtime),)
    if index_zip and content.sha256 is not None:
        # The size that is stored is another one, so it is not said; nor do the kits of the service (docs/usage-api.md#upload).
        return Request("upload", path, (*at_end, ("sha256", content.sha256), ("index-zip", 1)), content)
    if content.sha256 is None:
        # In the words of rclone, which sends every upload so (docs/usage-api.md#upload).
        announced = (("sha256", AT_END), *((name, AT_END) for name, _value in at_end))
        return Request("upload", path, announced, content, at_end=at_end)
    return Request("upload", path, (*at_end, ("size", content.size), ("sha256", content.sha256)), content)


def mtime(sender: Sender, path: bytes, seconds: int) -> None:
    """Sets the time of a file. NotFound, which some services return for directories and symlinks too. May be sent twice."""

    def is_set() -> bool:
        found = stat(sender, path).object
        return found is not None and found.mtime == seconds

    carry_out(sender, Request("mtime", path, (("mtime", seconds),)), is_set)


def quick_delete(sender: Sender, path: bytes) -> None:
    """Asks the service to remove a directory with everything below it. It responds at once and deletes asynchronously, without
    reporting completion: that the directory still exists proves nothing, so the request is repeated. NotFound; AuthRefused if
    quick-delete is not enabled, which is the default."""
    request = Request("quick-delete", directory_path(path), _CONFIRMED)
    carry_out(sender, request, _twice(lambda: stat(sender, path).directory is None), lambda _status: False)


def _not_empty(path: bytes, child: Entry, cause: NetStorageError) -> Conflict:
    what = "directory" if child.kind is Kind.DIRECTORY else child.kind.value
    message = f"rmdir of {shown(path)}: it is not empty, the {what} {shown(child.name)} is there"
    return Conflict(message, path=path, action="rmdir", status=cause.status)


def _first_child(sender: Sender, path: bytes, refused: NetStorageError) -> Entry | None:
    try:
        return next(children(sender, path), None)
    except NotFound:
        return None
    except NetStorageError as error:
        if error.status == refused.status == 403:
            raise refused from error  # nothing to do with being empty
        raise
