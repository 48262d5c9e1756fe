# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This room is private to edgeops.netstorage: nothing here is a promise to other collections.

"""Changes that must not simply be sent twice.

When the answer to a delete, rmdir, rename or symlink was lost, nobody knows whether it was carried out. So before it is
repeated, and when its repetition is refused, this room looks what stands there now: a change that has happened is a
success, whoever's answer got lost.
"""

from __future__ import annotations

import typing as t

from .._model.entries import Entry, Kind, same_target
from .._model.errors import Conflict, NetStorageError, NotFound, Stopped
from .._model.paths import shown
from .calls import Call, Trouble
from .children import children
from .looking import stat
from .sending import Sender, nothing
from .targets import Value, directory_path

# Reads may be a moment behind writes (reference, section 7: usually under a second). Seconds between looks.
_LOOKS = (0.0, 0.25, 0.5, 1.0)
# A service that still sees the last child just after its deletion (section 11, rmdir_lag). Seconds between tries.
_LAG = (0.1, 0.2, 0.4, 0.8, 1.0, 1.0)
_NOT_EMPTY_YET = 3  # tries of _LAG after which a child that is still shown is believed

_NOT_EMPTY = frozenset({403, 409, 412})  # nobody knows with which of them (section 11, rmdir_nonempty)

Check = t.Callable[[], bool]


def carry_out(sender: Sender, call: Call, is_done: Check, settles: t.Callable[[int | None], bool]) -> None:
    """Sends a change, and looks before sending it again.

    is_done  whether the change is to be seen on the service
    settles  after a lost answer: whether a status that refuses the repetition shows that the first try was carried out
    """
    patience = sender.patience()
    doubt = False
    while True:
        try:
            return sender.once(call, nothing, fresh=patience.fresh)
        except Trouble as trouble:
            if doubt and settles(trouble.error.status):
                return None
            if trouble.doubtful:
                doubt = True
                try:
                    if is_done():
                        return None
                except Stopped:
                    raise trouble.error from trouble.__cause__
            patience.after(trouble)


def _is_seen(sender: Sender, is_done: Check) -> bool:
    for pause in _LOOKS:
        if pause:
            sender.sleep(pause)
        if is_done():
            return True
    return False


def _is_gone(status: int | None) -> bool:
    return status == 404


def delete(sender: Sender, path: bytes) -> None:
    """A file or symlink. NotFound where there was none before the first try."""
    carry_out(sender, Call("delete", path), lambda: _object(sender, path) is None, _is_gone)


def rename(sender: Sender, path: bytes, destination: bytes, known: Entry | None) -> None:
    """``known`` is what stood at ``path``, where the caller knows it: then the destination must be that."""

    def is_done() -> bool:
        if _object(sender, path) is not None:
            return False
        moved = _object(sender, destination)
        return moved is not None and (known is None or _is_same(moved, known))

    call = Call("rename", path, (("destination", destination),))
    carry_out(sender, call, is_done, lambda status: status in (404, 409, 412) and _is_seen(sender, is_done))


def symlink(sender: Sender, path: bytes, target: bytes, mtime: int | None) -> None:
    """Conflict where the service refuses it and no such symlink is there.

    Only where an answer was lost may the refusal be about the link that this very call has made, and a replica that does not
    show it yet is waited for. Otherwise one look tells whether somebody else has made the same one.
    """

    def is_there(with_mtime: bool = False) -> bool:
        link = _object(sender, path)
        if link is None or link.kind is not Kind.SYMLINK or not same_target(link.target, target):
            return False
        return not with_mtime or mtime is None or link.mtime == mtime

    parameters: tuple[tuple[str, Value], ...] = (("target", target),)
    if mtime is not None:
        parameters += (("mtime", mtime),)
    call = Call("symlink", path, parameters)
    try:
        carry_out(sender, call, lambda: is_there(True), lambda status: status == 409 and _is_seen(sender, is_there))
    except Conflict as error:
        if error.status != 409 or not is_there():
            raise


def mkdir(sender: Sender, path: bytes) -> None:
    """May be sent twice. 409 with an explicit directory there is a success (section 11, mkdir_existing)."""
    try:
        sender.do(Call("mkdir", directory_path(path)))
    except Conflict as error:
        if error.status != 409 or not _is_seen(sender, lambda: _has_directory_object(sender, path)):
            raise


def rmdir(sender: Sender, path: bytes) -> None:
    """An explicit, empty directory. NotFound where there was none, Conflict with the name of a child where it is not
    empty. Waits a few seconds for a service that still sees a child which is gone."""
    call = Call("rmdir", directory_path(path))
    for tries, pause in enumerate((*_LAG, None)):
        try:
            return carry_out(sender, call, lambda: not _has_directory_object(sender, path), _is_gone)
        except NetStorageError as error:
            if error.status not in _NOT_EMPTY:
                raise
            child = _first_child(sender, path, error)
            if child is not None and tries >= _NOT_EMPTY_YET:
                raise _not_empty(path, child, error) from error
            if pause is None:
                raise
            sender.sleep(pause)
    return None


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


def _object(sender: Sender, path: bytes) -> Entry | None:
    """The file or symlink at ``path``."""
    return next((found for found in stat(sender, path) if found.kind is not Kind.DIRECTORY), None)


def _has_directory_object(sender: Sender, path: bytes) -> bool:
    return any(found.kind is Kind.DIRECTORY and not found.implicit for found in stat(sender, path))


def _is_same(moved: Entry, known: Entry) -> bool:
    if moved.kind is not known.kind:
        return False
    if moved.kind is Kind.SYMLINK:
        return known.target is None or same_target(moved.target, known.target)
    return moved.size == known.size and (None in (known.md5, moved.md5) or moved.md5 == known.md5)
