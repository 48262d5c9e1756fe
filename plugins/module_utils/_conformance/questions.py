# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scenes in which something is written, and the questions that they answer. Data alone."""

from __future__ import annotations

import typing as t

from .._usage_api.request import Value
from . import words
from .scenes import AT_THE_END, HALF_WAY, Ask, Given, Question, Scene, Tell
from .words import (
    ARCHIVE,
    DIRECTORY,
    DONE,
    FILE,
    FIRST,
    IMPLICIT,
    LINK,
    NOTHING,
    OTHER_FILE,
    SECOND,
    TARGET,
    TIME,
    TIME_SET,
    changed,
    link_to,
    stood,
)

CARRIED_OUT = "carried out"
LONG_AGO = "Sun, 06 Nov 1994 08:49:37 GMT"
WRONG_MD5, WRONG_SHA256 = "0" * 32, "0" * 64
UTF8: tuple[tuple[str, Value], ...] = (("format", "xml"), ("encoding", "utf-8"))
STAT: tuple[tuple[str, Value], ...] = (("implicit", "yes"), *UTF8, ("slash", "both"))
_ALL = ("max_entries", 1000)


def here(path: str) -> t.Callable[[bytes], bytes]:
    """A path of the scene as a parameter says it."""
    return lambda place: place + b"/" + path.encode()


def _end(place: bytes) -> bytes:
    """The end of a ``list`` of the scene: "0" is the byte behind the slash (docs/usage-api.md#list)."""
    return place[1:] + b"0"


def _put(path: str, body: bytes = FIRST, name: str = "", **parameters: Given) -> Ask:
    return Ask(name or f"upload {path}", "upload", path, changed, tuple(parameters.items()), body)


def _mkdir(path: str, name: str = "") -> Ask:
    return Ask(name or f"mkdir {path}", "mkdir", path, changed)


def _link(path: str, target: str, name: str = "") -> Ask:
    return Ask(name or f"symlink {path}", "symlink", path, changed, (("target", target),))


def _stat(path: str, tells: Tell = stood, name: str = "") -> Ask:
    return Ask(name or path, "stat", path, tells, STAT)


def _rename(path: str, to: str, name: str) -> Ask:
    return Ask(name, "rename", path, changed, (("destination", here(to)),))


def _listing(name: str, tells: Tell, action: str, *more: tuple[str, Given], walks: bool = False) -> Ask:
    ranged: tuple[tuple[str, Given], ...] = (("mtime_all", "yes"), ("end", _end)) if action == "list" else ()
    return Ask(name, action, "/" if action == "list" else "", tells, (*UTF8, *ranged, *more), walks=walks)


LISTING = Scene(
    "listing",
    make=(_put("x"), _mkdir("x"), _put("x/a"), _put("x-1"), _put("x.txt"), _put("i/f", mtime=TIME)),
    look=(
        _listing("dir", words.children, "dir", _ALL, walks=True),
        _listing("a page of dir", words.marker, "dir", ("max_entries", 1)),
        _listing("the implicit directory in dir", words.implicit_time, "dir", _ALL, ("prefix", "i"), walks=True),
        _listing("list", words.listed, "list", _ALL, walks=True),
        _listing("a page of list", words.read_status, "list", ("max_entries", 2)),
        _listing("list, the marker as the path", words.gone_on, "list")._replace(resumes=("a page of list", "path")),
        _listing("list, the marker as start", words.gone_on, "list")._replace(resumes=("a page of list", "start")),
        _stat("x.txt", words.digests, "the row of stat"),
        _listing("the rows of dir", words.digests, "dir", _ALL, ("prefix", "x"), walks=True),
        Ask("the head of a download", "download", "x.txt", words.tag, head=True),
    ),
)

SCENES: tuple[Scene, ...] = (
    LISTING,
    Scene("empty", make=(_mkdir("e"),), look=(
        Ask("list of an empty directory", "list", "e/", words.read_status, (*UTF8, ("end", here("e0")))),
        _stat("e"),
    )),
    Scene(
        "rename",
        make=(_put("a"), _put("b", SECOND), _put("c"), _put("t", SECOND), _link("l", "t")),
        act=(_rename("a", "b", "rename onto a file"), _rename("c", "l", "rename onto a symlink")),
        look=tuple(map(_stat, "abclt")),
    ),
    Scene(
        "symlink",
        make=(_put("a"), _link("l", "one")),
        act=(_link("a", "two", "symlink onto a file"), _link("l", "two", "symlink onto a symlink")),
        look=(_stat("a", words.link_target), _stat("l", words.link_target)),
    ),
    Scene("rmdir", (_mkdir("d"), _put("d/f")), act=(Ask("rmdir", "rmdir", "d", changed),), look=(_stat("d"), _stat("d/f"))),
    Scene("delete", (_mkdir("d"), _put("d/f")), act=(Ask("delete", "delete", "d/", changed),), look=(_stat("d"), _stat("d/f"))),
    Scene("noslash", make=(_mkdir("e"),), act=(Ask("delete", "delete", "e", changed),), look=(_stat("e"),)),
    Scene("follow", make=(_put("t"), _link("l", "t")), look=(
        Ask("download of a symlink", "download", "l", words.downloaded), _stat("l"), _stat("t"),
    )),
    Scene(
        "mtime",
        make=(_mkdir("d"), _mkdir("e"), _link("l", "t")),
        act=(
            Ask("mtime of a directory", "mtime", "d/", changed, (("mtime", TIME),)),
            Ask("mtime of a directory, without the slash", "mtime", "e", changed, (("mtime", TIME),)),
            Ask("mtime of a symlink", "mtime", "l", changed, (("mtime", TIME),)),
        ),
        look=tuple(_stat(path, words.stood_timed) for path in "del"),
    ),
    Scene(
        "mkdir",
        make=(_mkdir("d"),),
        before=(_stat("d", stood, "before"),),
        act=(_mkdir("d", "mkdir again"),),
        look=(_stat("d", words.kept_time, "after"),),
    ),
    Scene(
        "condition",
        make=(_put("a"), _put("b"), _put("c")),
        act=(
            _put("a", SECOND, "If-None-Match: *")._replace(headers=(("If-None-Match", "*"),)),
            _put("b", SECOND, "If-Match")._replace(headers=(("If-Match", '"no-such-tag"'),)),
            _put("c", SECOND, "If-Unmodified-Since")._replace(headers=(("If-Unmodified-Since", LONG_AGO),)),
        ),
        look=tuple(map(_stat, "abc")),
    ),
    Scene("onto-link", (_put("t"), _link("l", "t")), act=(_put("l", SECOND, "upload"),), look=(_stat("l"), _stat("t"))),
    Scene(
        "through",
        make=(_put("t/f"), _link("l", "t")),
        act=(_put("l/g", SECOND, "upload"),),
        look=(_stat("l/f"), _stat("l/g"), _stat("t/g")),
    ),
    Scene(
        "verify",
        act=(
            _put("m", name="a wrong md5", md5=WRONG_MD5),
            _put("s", name="a wrong sha256", sha256=WRONG_SHA256),
            _put("n", name="a wrong size", size=len(FIRST) + 1),
        ),
        look=tuple(map(_stat, "msn")),
    ),
    Scene("zip", make=(_put("a.zip", ARCHIVE)._replace(parameters=(("index-zip", 1),)),), look=(
        Ask("download of an archive", "download", "a.zip", words.zipped),
    )),
    Scene(
        "path",
        act=(
            _put("d//f", name="upload of d//f"), _put("p/./f", name="upload of p/./f"), _put("q/../g", name="upload of q/../g"),
            _put("t/", name="upload of t/"),
        ),
        look=(
            _stat("d//f"), _stat("d/f"), _stat("p/./f"), _stat("p/f"), _stat("q/../g"), _stat("g"), _stat("t"),
        ),
    ),
    Scene(
        "leave",
        act=(
            _put("w", name="upload, the client leaves at the end")._replace(leaves=AT_THE_END),
            _put("h", name="upload, the client leaves half way")._replace(leaves=HALF_WAY),
        ),
        look=(_stat("w"), _stat("h")),
    ),
)  # fmt: skip

_ALL_FAIL = (409, 400, 412, 422)
_LITERAL = {
    "upload of d//f": DONE, "d//f": FILE, "d/f": NOTHING, "upload of p/./f": DONE, "p/./f": FILE, "p/f": NOTHING,
    "upload of q/../g": DONE, "q/../g": FILE, "g": NOTHING, "upload of t/": DONE,
}  # fmt: skip
_REFUSED = {"upload of d//f": "403", "upload of p/./f": "403", "upload of q/../g": "403", "upload of t/": "403", "d/f": NOTHING}
_ON, _NOT_ON = "it goes on", ("it begins anew", "it is elsewhere", "400", NOTHING)

QUESTIONS: tuple[Question, ...] = (
    Question("rename_existing", "rename onto a file or a symlink", "rename", {
        "replace": {
            "rename onto a file": DONE, "a": NOTHING, "b": FILE, "rename onto a symlink": DONE, "c": NOTHING, "l": FILE,
            "t": OTHER_FILE,
        },
        409: {
            "rename onto a file": "409", "a": FILE, "b": OTHER_FILE, "rename onto a symlink": "409", "c": FILE, "l": LINK,
            "t": OTHER_FILE,
        },
    }),
    Question("symlink_existing", "symlink onto a file or a symlink", "symlink", {
        "replace": {
            "symlink onto a file": DONE, "a": link_to("two"), "symlink onto a symlink": DONE, "l": link_to("two"),
        },
        409: {"symlink onto a file": "409", "a": FILE, "symlink onto a symlink": "409", "l": link_to("one")},
    }),
    Question("rmdir_nonempty", "rmdir of a directory that is not empty", "rmdir", {
        status: {"rmdir": str(status), "d": DIRECTORY, "d/f": FILE} for status in (409, 403, 412)
    }),
    Question("delete_nonempty_dir", "delete, with the slash, of a directory that is not empty", "delete", {
        "demote": {"delete": DONE, "d": IMPLICIT, "d/f": FILE},
        409: {"delete": "409", "d": DIRECTORY, "d/f": FILE},
    }),
    Question("delete_dir_noslash", "delete of a directory without the slash", "noslash", {
        404: {"delete": "404", "e": DIRECTORY},
        "as_with_slash": {"delete": DONE, "e": NOTHING},
    }),
    Question("follow_links", "download of a symlink", "follow", {
        "follow": {"download of a symlink": TARGET, "l": LINK, "t": FILE},
        404: {"download of a symlink": NOTHING, "l": LINK, "t": FILE},
    }),
    Question("mtime_non_files", "mtime of a directory and of a symlink", "mtime", {
        "works": {
            "mtime of a directory": DONE, "mtime of a directory, without the slash": "404", "mtime of a symlink": DONE,
            "d": DIRECTORY + TIME_SET, "e": DIRECTORY, "l": LINK + TIME_SET,
        },
        404: {
            "mtime of a directory": "404", "mtime of a directory, without the slash": "404", "mtime of a symlink": "404",
            "d": DIRECTORY, "e": DIRECTORY, "l": LINK,
        },
    }),
    Question("mkdir_existing", "mkdir of a directory that is there", "mkdir", {
        "keep": {"mkdir again": DONE, "after": f"{DIRECTORY} {words.SAME_TIME}"},
        "refresh": {"mkdir again": DONE, "after": f"{DIRECTORY} {words.LATER_TIME}"},
        409: {"mkdir again": "409", "after": f"{DIRECTORY} {words.SAME_TIME}"},
    }),
    Question("conditional_upload", "upload with a condition that does not hold", "condition", {
        "ignored": {
            "If-None-Match: *": DONE, "a": OTHER_FILE, "If-Match": DONE, "b": OTHER_FILE, "If-Unmodified-Since": DONE,
            "c": OTHER_FILE,
        },
        "honoured": {"If-None-Match: *": "412", "a": FILE, "If-Match": "412", "b": FILE, "If-Unmodified-Since": "412", "c": FILE},
    }),
    Question("upload_onto_symlink", "upload onto a symlink", "onto-link", {
        "replace": {"upload": DONE, "l": OTHER_FILE, "t": FILE},
        "write_through": {"upload": DONE, "l": LINK, "t": OTHER_FILE},
        409: {"upload": "409", "l": LINK, "t": FILE},
    }),
    Question("links_in_path", "a symlink as a component of a path", "through", {
        "plain": {"l/f": NOTHING, "upload": DONE, "l/g": OTHER_FILE, "t/g": NOTHING},
        "followed": {"l/f": FILE, "upload": DONE, "l/g": OTHER_FILE, "t/g": OTHER_FILE},
    }),
    Question("verify_failure", "upload with a wrong digest or size", "verify", {
        status: {
            "a wrong md5": str(status), "a wrong sha256": str(status), "a wrong size": str(status),
            "m": NOTHING, "s": NOTHING, "n": NOTHING,
        } for status in _ALL_FAIL
    }),
    Question("zip_index", "where index-zip puts the index", "zip", {
        "comment": {"download of an archive": "a comment in it"},
        "behind": {"download of an archive": "something behind it"},
        "none": {"download of an archive": "as it was sent"},
    }),
    Question("path_check", "//, . and .. in paths, and a slash at the end of a name", "path", {
        "do_not_check": _LITERAL,
        "canonical": {**_LITERAL, "d/f": FILE},
        "disallow_on_upload": {**_REFUSED, "d//f": NOTHING},
        "disallow": {**_REFUSED, "d//f": "403", "p/./f": "403", "q/../g": "403"},
    }),
    Question("dir_same_name", "rows of dir for a file and a directory of one name", "listing", {
        "both": {"dir": f"i {IMPLICIT}, x {DIRECTORY}, x file, x-1 file, x.txt file"},
        "file_only": {"dir": f"i {IMPLICIT}, x file, x-1 file, x.txt file"},
    }),
    Question("dir_implicit_mtime", "the time of an implicit directory in dir", "listing", {
        "newest": {"the implicit directory in dir": "the time of the file in it"},
        "omit": {"the implicit directory in dir": "no time"},
    }),
    Question("dir_resume", "the marker at the end of a page of dir", "listing", {
        "name": {"a page of dir": "the name"},
        "path": {"a page of dir": "the path"},
    }),
    Question("list_order", "the order of list", "listing", {
        "whole_key": {"list": "i/f x x-1 x.txt x/ x/a"},
        "per_directory": {"list": "i/f x x/ x/a x-1 x.txt"},
    }, needs="list"),
    Question("list_md5", "whether rows have an MD5", "listing", {
        "yes": {"the row of stat": "an MD5", "the rows of dir": "an MD5"},
        "no": {"the row of stat": "no MD5", "the rows of dir": "no MD5"},
    }),
    Question("etag", "the ETag of a download", "listing", {
        "md5": {"the head of a download": ("the MD5", "the MD5 and the time", "the MD5, the time and a fraction")},
        "opaque": {"the head of a download": "another ETag"},
        "none": {"the head of a download": "no ETag"},
    }),
    Question("list_empty_explicit", "list of an empty directory", "empty", {
        "row": {"list of an empty directory": "answered", "e": DIRECTORY},
        404: {"list of an empty directory": NOTHING, "e": DIRECTORY},
    }, needs="list"),
    Question("list_resume", "how list goes on from a marker", "listing", {
        "as the path, and as start": {"list, the marker as the path": _ON, "list, the marker as start": _ON},
        "as the path": {"list, the marker as the path": _ON, "list, the marker as start": _NOT_ON},
        "as start": {"list, the marker as the path": _NOT_ON, "list, the marker as start": _ON},
    }, is_knob=False, needs="list"),
    Question("client_left", "an upload whose client leaves when all is sent", "leave", {
        CARRIED_OUT: {"w": FILE},
        "not carried out": {"w": NOTHING},
    }, is_knob=False),
    Question("client_left_half_way", "an upload whose client leaves half way", "leave", {
        "nothing is stored": {"h": NOTHING},
        "a part is stored": {"h": "file of 2 bytes"},
    }, is_knob=False),
)  # fmt: skip
