"""`sklad apply`: bring running services to their declared state, as containers do at each start."""

from enum import Enum
from functools import partial
from typing import Annotated

import typer
from rich.console import Console

from sklad.jobs import JOBS, has_work
from sklad.settings import load_settings
from sklad.steps import Step, run_steps

What = Enum("What", {name: name for name in JOBS})  # type: ignore[misc]


def apply(what: Annotated[list[What], typer.Argument(help="What to bring about, in this order.")]) -> None:
    """Bring about what the files declare, in services that run already. Safe to repeat.

    Example:  sklad apply topics schema
    Example:  docker compose run --rm migrate
    """
    settings = load_settings()
    names = [job.value for job in what if has_work(job.value, settings)]
    steps = [Step(name, partial(JOBS[name], settings), names[:position][-1:]) for position, name in enumerate(names)]
    run_steps(steps, Console())
