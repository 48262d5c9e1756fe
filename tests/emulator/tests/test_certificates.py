# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates that do not verify: those of the tests, and those of the recipe in docs/emulator.md."""

from __future__ import annotations

import pathlib
import shutil
import ssl
import subprocess

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.bad_certificates import REASONS, Certificates
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import ACCOUNT, CP_CODE, KEY, Client
from netstorage_emulator.control import running

PAGE = pathlib.Path(__file__).parents[3] / "docs" / "emulator.md"


def problem(certificate: pathlib.Path, bundle: pathlib.Path) -> str:
    """What a client that checks has against an emulator with this certificate; nothing if it gets an answer."""
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], certificate=certificate) as emulator:
        assert emulator.https_port is not None
        client = Client(emulator.https_port)
        try:
            client.connect(ssl.create_default_context(cafile=str(bundle)))
        except ssl.SSLCertVerificationError as error:
            assert emulator.control.counts()["total"] == 0
            return error.verify_message
        assert client.get("/123456", "dir").status == 200
        client.close()
        return ""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.mark.parametrize("reason", REASONS)
def test_a_bad_certificate_fails_for_its_reason(certificates: Certificates, reason: str) -> None:
    assert REASONS[reason] in problem(certificates.bad(reason), certificates.bundle)


def test_a_certificate_that_verifies(certificates: Certificates) -> None:
    assert problem(certificates.good(), certificates.bundle) == ""


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not here")
def test_the_recipe_of_the_page(tmp_path: pathlib.Path) -> None:
    recipe = PAGE.read_text("utf-8").partition("<!-- certificates -->")[2].partition("```bash\n")[2].partition("```")[0]
    subprocess.run(["bash", "-euc", recipe], cwd=tmp_path, capture_output=True, check=True)
    bundle = tmp_path / "authority.pem"
    for reason, said in REASONS.items():
        assert said in problem(tmp_path / f"{reason}.pem", bundle), reason
    assert problem(tmp_path / "good.pem", bundle) == ""
