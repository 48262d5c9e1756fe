# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of ns_purge against an emulator, without waiting."""

from __future__ import annotations

import typing as t

from ansible_collections.edgeops.netstorage.plugins.module_utils._edgegrid.api_settings import ApiSettings
from ansible_collections.edgeops.netstorage.plugins.module_utils._purge.options import PurgeOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._purge.purging import Purged, credentials_of, purge
from ansible_collections.edgeops.netstorage.tests.fake_cancellation import FakeCancellation
from netstorage_emulator.control import Control

SECRET, TOKEN, ACCESS = "c2VjcmV0LW9mLXRoZS1jb250cmFjdC1zdWl0ZQ==", "akab-emulator-client-0001", "akab-emulator-access-0001"
EDGERC = f"""
[default]
client_token = {TOKEN}
client_secret = {SECRET}
access_token = {ACCESS}
"""


class PurgeScene:
    """``run`` runs the task, ``objects`` tells what the service has accepted since the last question."""

    def __init__(self, control: Control, settings: ApiSettings) -> None:
        self.control, self.settings = control, settings
        self.slept: list[float] = []
        self.cancellation = FakeCancellation(self.slept.append)

    def run(self, *, check: bool = False, **options: t.Any) -> Purged:
        given = PurgeOptions(self.settings, **options)
        found, notes = credentials_of(given, check, {})
        done = purge(given, found, check, self.cancellation)
        done.notes[:0] = notes
        return done

    def purges(self) -> list[dict[str, t.Any]]:
        found = self.control.purges()
        self.control.forget_purges()
        return found

    def objects(self) -> list[str | int]:
        return [one for purge in self.purges() for one in purge["objects"]]
