# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One tree by 1, 2 and 4 shards at once, each a process of its own: the figures of docs/large-trees.md.

    .venv/bin/python tests/bench/shards.py [--shards 1 2 4] [--files 20000] [--latency 30] [--connections 16] [--planned 200000]

All of them are on this machine, and so is the emulator, so from some number of shards on the processors are the limit: the table
has the processor time of all processes together. ``--planned`` is the number of files of a first deploy that one shard of several
makes the plan of, in check mode.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import json
import os
import sys
import tempfile
import time
import typing as t
from pathlib import Path

import psutil
from ansible_collections.edgeops.netstorage.tests.bench.contenders import MODULE_ALONE
from ansible_collections.edgeops.netstorage.tests.bench.process_usage import Ended, watch
from ansible_collections.edgeops.netstorage.tests.bench.table import markdown
from ansible_collections.edgeops.netstorage.tests.bench.trees import Tree
from netstorage_emulator.control import Running, running

ACCOUNT, KEY, CP_CODE = "bench", "a-key-of-the-benchmark", "123456"
_SIZE, _IN_A_FOLDER = 350, 200
SENT = (
    "shards", "wall s", "limit s", "of the limit", "late s", "cpu of the shards s", "of the emulator s", "cpu used", "peak MiB",
)  # fmt: skip
PLANNED = ("files", "shard", "flow s", "peak MiB", "steps of its own")


@dataclasses.dataclass(frozen=True)
class Bench:
    """What is measured: an emulator with its store in memory, and a tree that lies in ``source``."""

    emulator: Running
    source: Path
    work: Path
    connections: int

    def run(self, name: str, check: bool = False, **options: t.Any) -> Ended:
        """The flow of the module in a fresh process."""
        common = {
            "host": self.emulator.host_port, "root": f"/{CP_CODE}", "account": ACCOUNT, "key": KEY, "protocol": "http",
        }  # fmt: skip
        sync = {"src": str(self.source), "path": "site", "parallel": self.connections, "verify_wait": 0, **options}
        file = self.work / f"{name.replace('/', '-')}.json"
        file.write_text(json.dumps({"common": common, "sync": sync, "check": check}), encoding="utf-8")
        return watch([sys.executable, "-m", MODULE_ALONE, str(file)], os.environ, self.work)

    def cpu_of_the_emulator(self) -> float:
        times = psutil.Process(self.emulator.process.pid).cpu_times()
        return float(times.user + times.system)


def sent(bench: Bench, shards: int, latency_ms: float) -> tuple[str, ...]:
    """The early task of all shards at once, then the late one, on an empty store. A row of the table."""
    bench.emulator.control.reset_tree()
    bench.emulator.control.set_latency(latency_ms)
    before, begun = bench.cpu_of_the_emulator(), time.perf_counter()
    names = [f"{index}/{shards}" for index in range(1, shards + 1)]
    with concurrent.futures.ThreadPoolExecutor(shards) as pool:
        ended = list(pool.map(lambda name: bench.run(name, phases="early", shard=name), names))
    seconds = time.perf_counter() - begun
    emulator = bench.cpu_of_the_emulator() - before
    late = bench.run("late", phases="late", compare="size")  # as it is with what the shards have returned
    requests = sum(sum(json.loads(one.output)["requests"].values()) for one in ended)
    limit = requests * latency_ms / 1000 / bench.connections / shards
    cpu = sum(one.cpu_seconds for one in ended)
    ratio = seconds / limit if limit else 0.0
    used = (cpu + emulator) / seconds / (os.cpu_count() or 1)
    figures = (seconds, limit, ratio, late.seconds, cpu, emulator)
    peak = max(one.peak_mib or 0 for one in ended)
    return (str(shards), *(f"{figure:.2f}" for figure in figures), f"{used:.0%}", f"{peak:.0f}")


def planned(bench: Bench, files: int, shard: str) -> tuple[str, ...]:
    """The plan of a first deploy, as one host makes it. A row of the table."""
    bench.emulator.control.reset_tree()
    bench.emulator.control.set_latency(0)
    ended = bench.run(shard, check=True, phases="early", shard=shard)
    told = json.loads(ended.output)
    return f"{files:,}", shard, f"{told['seconds']:.2f}", f"{ended.peak_mib or 0:.0f}", f"{told['summary']['creates']:,}"


def measure(shards: t.Sequence[int], files: int, latency_ms: float, connections: int, to_plan: int) -> str:
    """Both tables, as Markdown.

    Args:
        shards: their numbers.
        files: of the tree that is sent.
        latency_ms: of each request.
        connections: of each shard.
        to_plan: files of the tree that is only planned; 0 for none.
    """
    rows = {"sent": [SENT], "planned": [PLANNED]}
    for kind, count in (("sent", files), ("planned", to_plan)):
        if not count:
            continue
        with tempfile.TemporaryDirectory(prefix="netstorage-bench-") as room:
            source, work = Path(room, "source"), Path(room, "work")
            work.mkdir()
            Tree(count, _SIZE, max(1, count // _IN_A_FOLDER)).make(source)
            with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE]) as emulator:
                bench = Bench(emulator, source, work, connections)
                if kind == "sent":
                    rows[kind] += [sent(bench, number, latency_ms) for number in shards]
                else:
                    rows[kind] += [planned(bench, count, shard) for shard in ("1/1", "1/8")]
    load = f"Load of the last minute: {os.getloadavg()[0]:.1f}; {os.cpu_count()} cores."
    return "\n\n".join([*(markdown(table, 1) for table in rows.values() if len(table) > 1), load])


def main() -> None:
    parser = argparse.ArgumentParser(description="one tree by several shards at once")
    parser.add_argument("--shards", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--latency", type=float, default=30.0, metavar="MS")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--planned", type=int, default=200_000)
    given = parser.parse_args()
    print(measure(given.shards, given.files, given.latency, given.connections, given.planned))


if __name__ == "__main__":
    main()
