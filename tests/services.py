"""Single services of an embedded stack."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sklad.embedded.layout import Layout
from sklad.embedded.supervision import Supervisor
from sklad.settings import Settings


@contextmanager
def stopped(settings: Settings, name: str) -> Iterator[None]:
    """One service is down meanwhile; after it, it is on its way up."""
    control = [sys.executable, "-m", "supervisor.supervisorctl", "-s"]
    control.append(f"unix://{Layout.of(settings).run}/supervisor.sock")
    subprocess.run([*control, "stop", name], check=True, capture_output=True)
    try:
        yield
    finally:
        Supervisor(settings).start(name)
