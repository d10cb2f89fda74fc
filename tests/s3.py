"""An object store that speaks S3, on this machine: rclone serves a folder, in which each bucket is a folder."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sklad.ports import free_ports
from sklad.waiting import listens, wait_until

BUCKET = "backups"
_KEYS = ("access-key", "secret-of-the-store")


@contextmanager
def serving_s3(folder: Path) -> Iterator[dict[str, str]]:
    """Gives the variables that lead to it. `folder` gets one bucket, BUCKET."""
    (folder / BUCKET).mkdir(parents=True)
    (port,) = free_ports(1)
    command = [
        str(Path(sys.executable).with_name("rclone")), "serve", "s3", str(folder),
        "--addr", f"127.0.0.1:{port}", "--auth-key", ",".join(_KEYS), "--config", "/dev/null",
    ]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            wait_until(lambda: listens("127.0.0.1", port), "the object store listens", 30)
            yield {
                "AWS_ENDPOINT": f"http://127.0.0.1:{port}",
                "AWS_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": _KEYS[0],
                "AWS_SECRET_ACCESS_KEY": _KEYS[1],
            }
        finally:
            server.terminate()
