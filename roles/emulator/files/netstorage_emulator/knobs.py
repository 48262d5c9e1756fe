# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The switches for questions nobody can answer: every one has a default and the other plausible answers.

These tables, and that of ``config_knobs.py``, are the only place where names, settings, defaults and questions are written
down; the command line, the control port and ``netstorage-emulator knobs`` (which prints those of docs/emulator.md) all read them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .config_knobs import CONFIG_TABLE, ConfigKnobs
from .knob import Knob, UnknownSetting, Value

TABLE: tuple[Knob, ...] = (
    Knob("path_check", "do_not_check", ("do_not_check", "disallow", "disallow_on_upload", "canonical"),
         "`//`, `.`, `..` in paths and a `/` at the end of file and link names: literal bytes, refused (403, "
         "`url_to_vn: Illegal duplicate /`) everywhere or where something is created, or repeated slashes collapsed. "
         "For one CP code: `path_check@123456=…`", per_cp_code=True, recorded="disallow",
         evidence="403 for a PUT in cli #15, the text for a rename in elx"),
    Knob("success_status", 200, (200, 204), "Status of a change that worked: 200 with a short text, or 204 without",
         recorded=200, evidence="VCR, elx, PS3"),
    Knob("verify_failure", 409, (409, 400, 412, 422), "Status of a failed digest or size check (nothing is stored)"),
    Knob("rmdir_nonempty", 409, (409, 403, 412), "Status of rmdir on a directory that is not empty"),
    Knob("rename_existing", "replace", ("replace", 409), "rename onto an existing file or symlink"),
    Knob("symlink_existing", "replace", ("replace", 409), "symlink onto an existing file or symlink"),
    Knob("delete_nonempty_dir", "demote", ("demote", 409),
         "delete of an explicit directory (`x/`) with something in it: it becomes implicit, or is refused"),
    Knob("delete_dir_noslash", 404, (404, "as_with_slash"), "delete of an explicit directory without the final slash"),
    Knob("follow_links", "follow", ("follow", 404),
         "download of a symlink: its target (404 if dangling or looping), or always 404"),
    Knob("mtime_non_files", "works", ("works", 404), "mtime on an explicit directory (`x/`) or a symlink"),
    Knob("mkdir_existing", "keep", ("keep", "refresh", 409),
         "mkdir on an existing directory: 200 and its mtime kept, 200 and refreshed, or 409 (as FileStore)",
         recorded="keep", evidence="200 in KitPHP; of the mtime nothing is known"),
    Knob("replay", "identical", ("identical", "time_and_id", "accept"),
         "A repeated request: 403 for the identical signature, 403 for any reuse of (time, id), or accepted"),
    Knob("dir_same_name", "both", ("both", "file_only"),
         "Rows of `dir` when a file and a directory share a name and `slash=both` is not asked for"),
    Knob("dir_resume", "name", ("name", "path"),
         "Resume value of `dir`: the bare name of the first row not shown, or its whole path; both are taken as `start=`"),
    Knob("page_size", "1000/unlimited", ("unlimited",),
         "Rows of one page of list / dir when `max_entries` is not given; one number is for both",
         number="a number from 1, or `LIST/DIR`", lowest=1, pair=True),
    Knob("max_page", "none", ("none",), "The largest page of list and dir, whatever is asked for",
         number="a number from 1", lowest=1),
    Knob("stat_root", "explicit", ("explicit", "implicit", "empty_name"),
         "stat of the root of a CP code: an explicit row with the CP code as its name, the same as an implicit row (404 "
         "without `implicit=yes`), or an explicit row with an empty name"),
    Knob("stat_top", 403, (403, 404, 200),
         "stat of `/`, above all CP codes: refused, nothing there, or the row of a directory `/` (the Java kit needs 200: the "
         "`Server` of that answer tells it which store it talks to)"),
    Knob("quick_delete", "off", ("off", "now"), "quick-delete: refused (403), done at once, or after some seconds",
         number="seconds", lowest=0),
    Knob("propagation", 0, (0,), "How long stat, dir, list and download still show the state before a change",
         number="milliseconds"),
    Knob("list_order", "whole_key", ("whole_key", "per_directory"),
         "Place of `x/…` among `x-1` and `x.txt` in list: by the bytes of the whole key, or directory by directory"),
    Knob("links_in_path", "plain", ("plain", "followed"), "A path with a symlink as a component before the last"),
    Knob("upload_onto_symlink", "replace", ("replace", "write_through", 409), "upload onto a symlink"),
    Knob("conditional_upload", "ignored", ("ignored", "honoured"),
         "`If-Match`, `If-None-Match` and `If-Unmodified-Since` of an upload: without effect, or 412 and nothing stored if what "
         "is there is not what they say"),
    Knob("list_refused", "no", ("no", 400, 405, 501), "Whether list works at all (one account was seen refusing it)",
         recorded="no", evidence="VCR; 400 in cli #4, probably a FileStore"),
    Knob("list_md5", "yes", ("yes", "no"), "Whether the rows of files in stat, dir and list have an md5",
         recorded="yes", evidence="VCR"),
    Knob("list_empty_explicit", "row", ("row", 404), "list of an explicit directory with nothing in it",
         recorded="row", evidence="VCR"),
    Knob("rmdir_lag", 0, (0,), "How long rmdir still sees a child that was just deleted", number="milliseconds"),
    Knob("zip_index", "comment", ("comment", "behind", "none"),
         "Where `index-zip=1` puts the index of an archive: in its comment, behind it, or nowhere (Serve-from-Zip is not "
         "enabled)"),
    Knob("etag", "md5", ("md5", "opaque", "none"),
         "ETag of a download (GET, HEAD): MD5, mtime and fraction of a second, a tag that tells versions apart and nothing "
         "else, or none", recorded="md5", evidence="VCR"),
    Knob("dir_implicit_mtime", "newest", ("newest", "omit"),
         "mtime of an implicit directory in dir: that of the newest object below, or none"),
    Knob("clock_skew", 0, (0,), "How far the server's clock is from the true time (requests and the Date header)",
         number="seconds, may be negative", lowest=-10**9),
    Knob("clock_window", 60, (60,), "How far the time of a request may be from the server's clock", number="seconds",
         highest=10**12),
)

API_TABLE: tuple[Knob, ...] = (
    Knob("edgegrid_window", 30, (30,), "How far the time of a signature may be from the server's clock", number="seconds",
         highest=10**12),
    Knob("nonce_reuse", "refuse", ("refuse", "accept"), "A nonce that was used before: refused (400), or taken"),
    Knob("purge_headers", "all", ("all", "without_seconds", "none"),
         "The `X-Ratelimit-…` headers of Fast Purge: all eight, without `Seconds-To-Refresh` as in one documented example, or "
         "none"),
    Knob("purge_refused", "url", ("url", "sentence", "nothing"),
         "`detail` of a 403 of Fast Purge: the first object that is refused, a sentence with it, or nothing"),
    Knob("purge_cp_code_text", "accepted", ("accepted", 400), "A CP code as a text: as a number, or refused"),
    Knob("purge_id", "prefixed", ("prefixed", "uuid"), "The ids of purges: `edup-…`, or UUIDs as in older samples"),
    Knob("purge_seconds", 5, (5,), "`estimatedSeconds` of a purge", number="seconds", highest=86_400),
)
"""The same for the APIs that are signed with EdgeGrid (docs/emulator.md#fast-purge)."""

EDGE_TABLE: tuple[Knob, ...] = (
    Knob("edge_ttl", 600, (600,), "How long an edge delivers what it holds without asking the origin", number="seconds"),
    Knob("edge_missing_ttl", 10, (10,), "The same for a 404", number="seconds"),
    Knob("edge_purge_lag", 0, (0,), "How long after a purge was accepted the edges still deliver what they hold",
         number="milliseconds"),
    Knob("edge_replica_lag", 0, (0,),
         "How long the replica that the edges ask still has the state before a change; a purge in that time has them fetch the "
         "old content again", number="milliseconds"),
    Knob("edge_revalidation", "date", ("date", "etag"),
         "How an edge asks whether what it holds is still right: `If-Modified-Since`, so that content with the same or an older "
         "mtime is not noticed, or by the ETag"),
    Knob("edge_etag", "kept", ("kept", "weak", "dropped"), "The ETag of NetStorage at the edge: as it is, weak (`W/`), or none"),
    Knob("edge_html", "kept", ("kept", "changed"), "HTML as it is stored, or changed on the way as by an optimisation"),
    Knob("edge_x_cache", "always", ("always", "asked"),
         "`X-Cache` in answers: always, or where `Pragma: akamai-x-cache-on` asks for it"),
)
"""The same for the edges (docs/emulator.md#edge)."""

TABLES = (TABLE, API_TABLE, CONFIG_TABLE, EDGE_TABLE)
BY_NAME: Mapping[str, Knob] = {knob.name: knob for table in TABLES for knob in table}

LARGEST_PAGE = 10**9  # rows that a request can ask for; one more must still be a number for the index


class Knobs(ConfigKnobs):
    """The present settings, as attributes so that a request reads them without a look-up by name."""

    path_check: str
    success_status: int
    verify_failure: int
    rmdir_nonempty: int
    rename_existing: Value
    symlink_existing: Value
    delete_nonempty_dir: Value
    delete_dir_noslash: Value
    follow_links: Value
    mtime_non_files: Value
    mkdir_existing: Value
    replay: str
    dir_same_name: str
    dir_resume: str
    page_size: Value
    max_page: Value
    stat_root: str
    stat_top: int
    quick_delete: Value
    propagation: int
    list_order: str
    links_in_path: str
    upload_onto_symlink: Value
    conditional_upload: str
    list_refused: Value
    list_md5: str
    list_empty_explicit: Value
    rmdir_lag: int
    zip_index: str
    etag: str
    dir_implicit_mtime: str
    clock_skew: int
    clock_window: int
    edgegrid_window: int
    nonce_reuse: str
    purge_headers: str
    purge_refused: str
    purge_cp_code_text: Value
    purge_id: str
    purge_seconds: int
    edge_ttl: int
    edge_missing_ttl: int
    edge_purge_lag: int
    edge_replica_lag: int
    edge_revalidation: str
    edge_etag: str
    edge_html: str
    edge_x_cache: str

    def __init__(self) -> None:
        self._path_checks: dict[bytes, str] = {}
        for knob in BY_NAME.values():
            setattr(self, knob.name, knob.default)

    def change(self, settings: Mapping[str, object]) -> None:
        """Set several knobs, all or none; raises UnknownSetting before the first is set."""
        parsed = [(name, *self._parse(name, given)) for name, given in settings.items()]
        for name, cp_code, value in parsed:
            if cp_code:
                self._path_checks[cp_code.encode()] = str(value)
            else:
                setattr(self, name, value)

    def begin_anew(self, settings: Mapping[str, object]) -> None:
        """What ``settings()`` told once, and nothing besides."""
        self._path_checks.clear()
        self.change(settings)

    @staticmethod
    def _parse(name: str, given: object) -> tuple[str, Value]:
        plain, _at, cp_code = name.partition("@")
        knob = BY_NAME.get(plain)
        if knob is None:
            raise UnknownSetting(f"there is no knob {plain!r}; there are {', '.join(BY_NAME)}")
        if cp_code and not knob.per_cp_code:
            raise UnknownSetting(f"knob {plain} cannot be set for one CP code")
        if cp_code and not (cp_code.isdecimal() and cp_code.isascii()):
            raise UnknownSetting(f"knob {plain}: {cp_code!r} is no CP code, which is a number")
        return cp_code, knob.parse(given)

    def settings(self) -> dict[str, Value]:
        found: dict[str, Value] = {knob.name: getattr(self, knob.name) for knob in BY_NAME.values()}
        found.update({f"path_check@{code.decode()}": value for code, value in self._path_checks.items()})
        return found

    def path_check_for(self, cp_code: bytes) -> str:
        return self._path_checks.get(cp_code, self.path_check)

    def page_of(self, listing: str, asked: int | None) -> int | None:
        """Rows of one page of ``list`` or ``dir``; None for no limit."""
        size = asked
        if size is None:
            first, _slash, second = str(self.page_size).partition("/")
            text = first if listing == "list" or not second else second
            size = None if text == "unlimited" else int(text)
        if isinstance(self.max_page, int):
            size = self.max_page if size is None else min(size, self.max_page)
        return None if size is None else min(size, LARGEST_PAGE)


DEFAULT, WIRE = "default", "wire"
PROFILES: Mapping[str, Mapping[str, Value]] = {
    DEFAULT: {knob.name: knob.default for knob in BY_NAME.values()},
    WIRE: {knob.name: knob.default if knob.recorded is None else knob.recorded for knob in BY_NAME.values()},
}
"""Settings of all knobs together. ``wire``: what recordings of the real service show, and defaults where there is none."""


def markdown(table: Sequence[Knob] = TABLE) -> str:
    """A table of docs/emulator.md."""
    lines = ["| knob | default | other settings | question | recorded |", "| --- | --- | --- | --- | --- |"]
    for knob in table:
        others = [f"`{setting}`" for setting in knob.settings if setting != knob.default]
        others += [knob.number] if knob.number else []
        recorded = "" if knob.recorded is None else f"`{knob.recorded}` ({knob.evidence})"
        lines.append(f"| `{knob.name}` | `{knob.default}` | {', '.join(others)} | {knob.question} | {recorded} |")
    return "\n".join(lines)
