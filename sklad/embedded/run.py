"""What supervisor runs for each service: wait for what it needs, prepare its data, become the program.

The program takes this process's place, so that signals and exit codes are its own.
"""

import os
import sys

from sklad.embedded.children import die_with_parent
from sklad.embedded.layout import Layout
from sklad.embedded.service import base_environment
from sklad.embedded.services import service
from sklad.errors import SkladError
from sklad.settings import load_settings
from sklad.waiting import listens, wait_until

NEED_SECONDS = 120


def become(name: str) -> None:
    """Replace this process with the service's program; returns only by an exception."""
    settings = load_settings()
    wanted = service(name, settings)
    for need in wanted.needs:
        wait_until(
            lambda need=need: listens(need.host, need.port),  # type: ignore[misc]
            f"{need.what} listens on {need.host}:{need.port}, so that {name} can start",
            NEED_SECONDS,
        )
    wanted.prepare()
    os.chdir(wanted.folder)
    environment = base_environment(home=Layout.of(settings).state) | dict(wanted.environment)
    sys.stdout.flush()
    os.execvpe(wanted.command[0], wanted.command, environment)  # noqa: S606


def main() -> None:
    os.umask(0o077)
    die_with_parent()  # services must not live on beside those of the next supervisord
    try:
        become(sys.argv[1])
    except SkladError as error:
        sys.exit(f"{sys.argv[1]}: {error}")


if __name__ == "__main__":
    main()
