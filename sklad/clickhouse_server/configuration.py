"""The environment that the engine's configuration files read, checked before the engine does: it would take a missing
variable for an empty value and start with a password of nothing."""

import os
import re
from pathlib import Path

from sklad.clickhouse_server.errors import ClickHouseServerError

_FROM_ENVIRONMENT = re.compile(r'from_env="(\w+)"')


def check_environment(config: Path, users: Path) -> None:
    """Make sure that no variable is missing that the configuration files read.

    Args:
        config: the engine's configuration file; the folder `config.d` beside it belongs to it.
        users: the users file.

    Raises:
        ClickHouseServerError: a file can't be read, or variables are not set; the message names them all.
    """
    missing = []
    for file in (config, *sorted((config.parent / "config.d").glob("*.xml")), users):
        try:
            wanted = _FROM_ENVIRONMENT.findall(file.read_text())
        except OSError as error:
            raise ClickHouseServerError(f"The configuration file {file} can't be read: {error.strerror}") from error
        missing += [f"  {name}, for {file}" for name in wanted if not os.environ.get(name)]
    if missing:
        listed = "\n".join(missing)
        raise ClickHouseServerError(
            f"ClickHouse's configuration reads variables that are not set:\n{listed}\nSet them in .env."
        )
