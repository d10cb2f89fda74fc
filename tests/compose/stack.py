"""docker-compose.yml as a user runs it, seen through the same eyes as the embedded stack."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.compose.engine import compose_command
from tests.e2e.conftest import ROOT, Stack, settings_of_its_own
from tests.machine import install

SECONDS = 1200
STANDINS = ROOT / "tests" / "compose" / "standins"


class ComposeStack(Stack):
    """One project of Docker Compose, with ports and volumes of its own."""

    def compose(
        self, *arguments: str, seconds: float = SECONDS, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run Docker Compose with this stack's settings; `environment` adds to them."""
        return subprocess.run(
            [*compose_command(), *arguments],
            cwd=ROOT,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def docker(self, *arguments: str) -> None:
        """Run the engine's own command; fails if that fails."""
        subprocess.run(["docker", *arguments], check=True, capture_output=True)  # noqa: S607

    def up(self, *services: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.compose("up", "--detach", "--wait", *services, **environment)

    def said(self, done: subprocess.CompletedProcess[str]) -> str:
        """What a start printed, and with it what the jobs did: Compose names the one that failed, not its reason."""
        return super().said(done) + self.compose("logs", "preflight", "migrate", "connectors").stdout

    @contextmanager
    def stopped(self, name: str) -> Iterator[None]:
        """One service's container is down meanwhile."""
        done = self.compose("stop", name)
        assert done.returncode == 0, done.stderr
        try:
            yield
        finally:
            done = self.compose("start", name)
        assert done.returncode == 0, done.stderr

    def containers(self) -> dict[str, dict[str, Any]]:
        """What `docker compose ps --all` says of each service."""
        lines = self.compose("ps", "--all", "--format", "json").stdout.splitlines()
        return {entry["Service"]: entry for entry in map(json.loads, lines)}

    def status(self) -> dict[str, Any]:
        return dict(json.loads(self.compose("exec", "-T", "ready", "python", "-m", "sklad", "status", "--json").stdout))


def project(name: str, *, with_standins: bool) -> ComposeStack:
    """A stack that shares nothing with any other, and has no workload."""
    env_files = [".env", *(["tests/compose/standins/images.env"] if with_standins else [])]
    return ComposeStack(
        settings_of_its_own(ROOT / ".sklad" / "unused", more_ports=["AKHQ_PORT"])
        | {
            "COMPOSE_PROJECT_NAME": name,
            "COMPOSE_ENV_FILES": ",".join(env_files),
            "COMPOSE_PROFILES": "stock,wms",
            # The builder that every engine has.
            "DOCKER_BUILDKIT": "0",
        }
    )


def build_standins() -> None:
    """Build the images that stand in for official ones. Raises with their builder's last words.

    Raises:
        NotInstalled: debootstrap, which they begin with, is missing and can't be installed here.
    """
    if not shutil.which("debootstrap"):
        install("debootstrap")
    done = subprocess.run(
        [str(STANDINS / "build.sh")], env=os.environ, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
