# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The calls of a client in Python: ``python_calls.py netstorageapi|anesto HOST http|https``, in the environment that has it.

It prints a line of JSON for each call: its name and the status of the response.
"""

from __future__ import annotations

import json
import pathlib
import sys
import typing as t

ACCOUNT, KEY, ROOT = "tester", "a-key-for-tests-only", "/123456"
SMALL, EMPTY, GOT = pathlib.Path("small.txt"), pathlib.Path("empty.txt"), pathlib.Path("got.txt")
Calls = t.Iterator[tuple[str, t.Callable[[], t.Any]]]


def of_netstorageapi(host: str, protocol: str) -> Calls:
    """Every call but those with a stream; each answers with whether it worked, and the response."""
    from akamai.netstorage import Netstorage

    ns, place = Netstorage(host, ACCOUNT, KEY, protocol == "https"), f"{ROOT}/dir"
    yield "mkdir", lambda: ns.mkdir(place)[1]
    yield "upload", lambda: ns.upload(str(SMALL), f"{place}/one.txt")[1]
    yield "upload, odd name", lambda: ns.upload(str(SMALL), f"{place}/a b ü.txt")[1]
    yield "upload, empty", lambda: ns.upload(str(EMPTY), f"{place}/empty.txt")[1]
    yield "upload, index_zip", lambda: ns.upload(str(SMALL), f"{place}/one.zip", True)[1]
    yield "stat", lambda: ns.stat(f"{place}/one.txt")[1]
    yield "dir", lambda: ns.dir(place, {"max_entries": 2})[1]
    yield "list", lambda: ns.list(place, {"max_entries": 2})[1]
    yield "du", lambda: ns.du(place)[1]
    yield "download", lambda: ns.download(f"{place}/one.txt", str(GOT))[1]
    yield "mtime", lambda: ns.mtime(f"{place}/one.txt", 1_500_000_000)[1]
    yield "symlink", lambda: ns.symlink(f"{place}/one.txt", f"{place}/link")[1]
    yield "rename", lambda: ns.rename(f"{place}/one.txt", f"{place}/two.txt")[1]
    yield "delete", lambda: ns.delete(f"{place}/link")[1]
    yield "rmdir, not empty", lambda: ns.rmdir(place)[1]
    yield "quick_delete", lambda: ns.quick_delete(place)[1]
    yield "stat, gone", lambda: ns.stat(f"{place}/two.txt")[1]


def of_anesto(host: str, _protocol: str) -> Calls:
    """HTTPS only; each answers with the response."""
    import anesto

    client, place, who = anesto.Client(), f"akamai://{host}{ROOT}/dir", (KEY, ACCOUNT)
    yield "mkdir", lambda: client.mkdir(place, *who)
    yield "upload", lambda: client.upload(f"{place}/one.txt", *who, str(SMALL))
    yield "upload, odd name", lambda: client.upload(f"{place}/a b ü.txt", *who, str(SMALL))
    yield "upload, empty", lambda: client.upload(f"{place}/empty.txt", *who, str(EMPTY))
    yield "stat", lambda: client.stat(f"{place}/one.txt", *who)
    yield "dir", lambda: client.xdir(place, *who)
    yield "du", lambda: client.xdu(place, *who)
    yield "download", lambda: client.download(f"{place}/one.txt", *who, str(GOT))
    yield "mtime", lambda: client.mtime(f"{place}/one.txt", *who, 1_500_000_000)
    yield "symlink", lambda: client.symlink(f"{place}/link", *who, f"{ROOT}/dir/one.txt")
    yield "rename", lambda: client.rename(f"{place}/one.txt", *who, f"{ROOT}/dir/two.txt")
    yield "delete", lambda: client.delete(f"{place}/link", *who)
    yield "rmdir, not empty", lambda: client.rmdir(place, *who)
    yield "quick_delete", lambda: client.quickdelete(place, *who)
    yield "stat, gone", lambda: client.stat(f"{place}/two.txt", *who)


def main(name: str, host: str, protocol: str) -> None:
    SMALL.write_bytes(b"hello" * 100)
    EMPTY.write_bytes(b"")
    for call, made in {"netstorageapi": of_netstorageapi, "anesto": of_anesto}[name](host, protocol):
        status = made().status_code
        if call == "download" and GOT.read_bytes() != SMALL.read_bytes():
            status = -1
        print(json.dumps([call, status]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
