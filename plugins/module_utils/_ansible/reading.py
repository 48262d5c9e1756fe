# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""From module parameters to the options of the flow."""

from __future__ import annotations

import typing as t

from .._local.zip_archive import Members
from .._model.errors import BadOptions
from .._tasks.options import (
    Common,
    DescribedSource,
    DirectoryOptions,
    FetchOptions,
    FileOptions,
    FindOptions,
    InfoOptions,
    RenameOptions,
    SymlinkOptions,
    SyncOptions,
)

Params = t.Mapping[str, t.Any]


def read_common(params: Params) -> Common:
    names = (
        "host", "root", "account", "key", "protocol", "validate_certs", "ca_path", "idle_timeout", "max_retries",
        "use_proxy", "directories", "unusual_names", "max_requests_per_second", "max_bandwidth", "settle",
    )  # fmt: skip
    values = {name: params[name] for name in names}
    if params.get("_diff_size") is not None:  # 0 is a size too
        values["diff_size"] = params["_diff_size"]
    return Common(**values)


def read_file(params: Params) -> FileOptions:
    return FileOptions(
        common=read_common(params),
        path=params["path"],
        state=params["state"],
        source=read_source(params),
        mtime=read_mtime(params["mtime"]),
        compare=params["compare"],
        on_existing=params["on_existing"],
        sha256=params["sha256"],
        index_zip=params["index_zip"],
        is_secret=bool(params.get("_secret")),
    )


def read_source(params: Params) -> str | DescribedSource | None:
    """What the action plugin handed over, or ``src`` where the module runs."""
    described, file = params.get("_described"), params.get("_file")
    if described:
        return DescribedSource(
            size=int(described["size"]),
            md5=described["md5"],
            sha256=described["sha256"],
            mtime=int(described["mtime"]),
            is_text=bool(described["is_text"]),
            shipped=file,
            members=Members(*described["members"]) if described.get("members") else None,
        )
    given = [name for name in ("content", "content_b64") if params[name] is not None]
    if given or (params["src"] is not None and not params["remote_src"] and not file):
        raise BadOptions(
            f"{' and '.join(given) or 'src'} came to the module itself, without its action plugin on the controller",
            hint="Call ns_file by its full name, edgeops.netstorage.ns_file, or give a src with remote_src: true.",
        )
    source: str | None = file or params["src"]
    return source


def read_directory(params: Params) -> DirectoryOptions:
    names = ("path", "state", "recurse", "quick_delete", "quick_delete_wait")
    return DirectoryOptions(read_common(params), **{name: params[name] for name in names})


def read_rename(params: Params) -> RenameOptions:
    names = ("path", "dest", "md5", "on_existing", "file_type", "parallel", "on_error")
    return RenameOptions(read_common(params), **{name: params[name] for name in names})


def read_symlink(params: Params) -> SymlinkOptions:
    return SymlinkOptions(
        read_common(params),
        params["path"],
        params["target"],
        params["state"],
        params["replace"],
        params["allow_dangling"],
    )


def read_sync(params: Params) -> SyncOptions:
    names = (
        "src", "path", "delete", "include", "exclude", "protect", "immutable", "links", "replace_links", "compare",
        "publish_last", "parallel", "on_error", "verify", "verify_wait", "max_delete", "max_replace", "allow_empty_source",
        "allow_root", "adopt", "refuse", "templates", "index_zip",
    )  # fmt: skip
    return SyncOptions(
        common=read_common(params),
        mtime=read_mtime(params["mtime"]),
        rendered=params.get("_rendered"),
        secret=params.get("_secret_names") or (),
        **{name: params[name] for name in names},
    )


def read_info(params: Params) -> InfoOptions:
    return InfoOptions(read_common(params), params["path"], params["du"], params["cp_codes"])


def read_find(params: Params) -> FindOptions:
    names = ("path", "patterns", "excludes", "use_regex", "file_type", "size", "age", "recurse", "depth", "limit")
    return FindOptions(common=read_common(params), **{name: params[name] for name in names})


def read_fetch(params: Params) -> FetchOptions:
    names = (
        "path", "dest", "delete", "include", "exclude", "protect", "links", "compare", "parallel", "on_error", "max_delete",
        "max_replace", "allow_empty_source", "adopt",
    )  # fmt: skip
    return FetchOptions(common=read_common(params), mode=read_mode(params["mode"]), **{name: params[name] for name in names})


def read_mode(given: object) -> int | None:
    """A text is octal, with or without a leading zero; a number is what YAML made of ``0644``."""
    text = str(given)
    if given is None:
        return None
    mode = given if isinstance(given, int) and not isinstance(given, bool) else None
    if mode is None and 0 < len(text) <= 5 and not set(text) - set("01234567"):
        mode = int(text, 8)
    if mode is None or not 0 <= mode <= 0o777:
        raise BadOptions(f"mode: {given!r} is no mode of a file", hint="Write it in quotes, such as '0644'.")
    return mode


def read_mtime(text: str) -> str | int:
    """preserve, now, or seconds since the epoch."""
    if text in ("preserve", "now"):
        return text
    if not text.isdecimal():
        raise BadOptions(f"mtime: {text!r} is neither preserve, nor now, nor seconds since the epoch")
    return int(text)
