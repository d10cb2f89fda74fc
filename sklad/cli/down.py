"""`sklad down`: stop everything, keep the data."""

from rich.console import Console

from sklad.embedded.lock import alone
from sklad.embedded.supervision import Supervisor
from sklad.settings import load_settings


def down() -> None:
    """Stop all services in order. Data stays; `sklad up` goes on with it.

    Example:  make down
    """
    settings = load_settings()
    supervisor = Supervisor(settings)
    console = Console()
    if not settings.state_dir.exists():
        console.print("Nothing is running.")
        return
    with alone(settings, "sklad down"):
        was_running = supervisor.is_running()
        with console.status("Stopping: readers first, then what they read …"):
            supervisor.stop()
    if not was_running:
        console.print("Nothing is running.")
        return
    console.print("Stopped. The data is kept; `make up` goes on with it, `make reset` deletes it.")
