"""`sklad down`: stop everything, keep the data."""

from rich.console import Console

from sklad.embedded.supervision import Supervisor
from sklad.settings import load_settings


def down() -> None:
    """Stop all services in order. Data stays; `sklad up` goes on with it.

    Example:  make down
    """
    supervisor = Supervisor(load_settings())
    console = Console()
    if not supervisor.is_running():
        console.print("Nothing is running.")
        return
    with console.status("Stopping: readers first, then what they read …"):
        supervisor.stop()
    console.print("Stopped. The data is kept; `make up` goes on with it, `make reset` deletes it.")
