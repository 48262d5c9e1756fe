# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An emulator with edges and Fast Purge. There is no real delivery configuration to run these against."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import trustme
from ansible_collections.edgeops.netstorage.tests.contract.edge.edge_scene import ACCOUNT, BASE, HOST, KEY, EdgeScene
from ansible_collections.edgeops.netstorage.tests.contract.edgegrid.purge_scene import EDGERC
from netstorage_emulator.control import Running, running


class Edges(t.NamedTuple):
    """The emulator, and the authority of its certificate, which is for the delivery host and not for the address."""

    emulator: Running
    authority: pathlib.Path


@pytest.fixture(scope="session")
def edges(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Edges]:
    folder = tmp_path_factory.mktemp("edge")
    (folder / "edgerc").write_text(EDGERC, encoding="utf-8")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    authority.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
    options: dict[str, t.Any] = {"edgerc": folder / "edgerc", "certificate": folder / "server.pem", "edge_hosts": {HOST: BASE}}
    with running(account=ACCOUNT, key=KEY, cp_codes=["123456"], **options) as emulator:
        yield Edges(emulator, folder / "authority.pem")


@pytest.fixture
def scene(edges: Edges, tmp_path: pathlib.Path) -> t.Iterator[EdgeScene]:
    control = edges.emulator.control
    before = control.knobs()
    control.set_knobs(purge_seconds=0)
    yield EdgeScene(edges.emulator, tmp_path)
    control.set_knobs(**before)
    control.clear_faults()
    control.reset_tree()
    control.empty_edges()
    control.forget_purges()
