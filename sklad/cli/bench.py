"""`sklad bench`: how fast it starts, how much it takes, how fresh it is under load. Figures, no verdicts."""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from sklad.embedded.lock import alone
from sklad.embedded.startup import Startup
from sklad.embedded.supervision import Process, Supervisor, memory_bytes
from sklad.errors import ServiceError
from sklad.latency import probe
from sklad.products import require
from sklad.settings import ROOT, Settings, load_settings
from sklad.trace import follow

app = typer.Typer(help="Measure: start, footprint, latency, one change hop by hop.", no_args_is_help=True)

BAR_WIDTH = 60  # characters


@app.command()
def start(
    rest: Annotated[int, typer.Option(help="Seconds from the start to the watch.")] = 30,
    seconds: Annotated[int, typer.Option(help="How long to watch the load.")] = 60,
    out: Annotated[Path | None, typer.Option(help="Where to write the figures as JSON.")] = None,
) -> None:
    """Measure a warm start (down, then up), then memory, CPU at LIVE_RATE, and disk.

    Example:  LIVE_RATE=0 sklad bench start --rest 600
    """
    settings = load_settings()
    supervisor = Supervisor(settings)
    console = Console()
    with alone(settings, "sklad bench start"):
        supervisor.stop()
        began = time.monotonic()
        Startup(settings).run(console)
    figures: dict[str, Any] = {
        "warm_start_seconds": round(time.monotonic() - began, 1),
        "live_rate": settings.live_rate,
    }
    # What a start leaves behind is no idle load: first merges for seconds, the JVMs' compilation for minutes.
    figures["rest_seconds"] = rest
    time.sleep(rest)
    figures["cpu_percent_of_a_core"] = _cpu(supervisor, seconds)
    memory = {process.name: memory_bytes([process]) // 2**20 for process in supervisor.processes()}
    figures["memory_pss_mb"] = memory | {"total": sum(memory.values())}
    figures["disk_mb"] = {folder.name: _disk_mb(folder) for folder in _folders(settings)}
    _report(figures, out, console)


@app.command()
def latency(
    rate: Annotated[float, typer.Option(help="Changes a second beside the probes.")] = 500,
    seconds: Annotated[int, typer.Option(help="How long to measure.")] = 60,
    out: Annotated[Path | None, typer.Option(help="Where to write the figures as JSON.")] = None,
) -> None:
    """Measure commit to visible: rows are updated in the WMS and asked for in stock_balances_v until they show.

    Example:  sklad bench latency --rate 500
    """
    settings = _settings_of_running_stack()
    command = [sys.executable, "-m", "data_generator", "live", "--rate", f"{rate:g}", "--seed", "1"]
    environment = settings.as_environment() | {
        "PYTHONPATH": str(ROOT),
        "WMS_APP_DSN": settings.wms_dsn("wms_app", settings.wms_app_password),
    }
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, cwd=ROOT) as load:
        try:
            time.sleep(5)  # the generator has its pace
            measured = probe(settings, seconds)
            if load.poll() is not None:
                raise ServiceError(
                    f"the workload ended during the measurement (exit code {load.returncode}): no figure."
                )
        finally:
            load.terminate()
    figures = {"rate": rate, "probes": len(measured.seconds)} | {
        f"p{percent}_ms": round(measured.percentile(percent) * 1000, 1) for percent in (50, 95, 99)
    }
    _report(
        figures | {"raw_ms": [round(value * 1000, 1) for value in measured.seconds]}, out, Console(), hidden="raw_ms"
    )


@app.command()
def trace(
    times: Annotated[int, typer.Option(min=1, help="How many changes, one after the other; medians are shown.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Where to write the figures as JSON.")] = None,
) -> None:
    """Follow one change from its commit to a reader, hop by hop.

    Example:  sklad bench trace --times 50
    """
    settings = _settings_of_running_stack()
    traces = follow(settings, times)
    medians = {hop: statistics.median(found.hops[hop] for found in traces) * 1000 for hop in traces[0].hops}
    console = Console()
    _waterfall(medians, console)
    figures = {"changes": times, "median_ms": {hop: round(value, 2) for hop, value in medians.items()}}
    raw = [{hop: round(value * 1000, 2) for hop, value in found.hops.items()} for found in traces]
    _report(figures | {"raw_ms": raw}, out, console, hidden="raw_ms")


def _settings_of_running_stack() -> Settings:
    settings = load_settings()
    require(settings, "stock", "this measures changes of stock")
    if not Supervisor(settings).is_running():
        raise ServiceError("nothing is running to be measured. Start it with: LIVE_RATE=0 make up")
    return settings


def _waterfall(hops: dict[str, float], console: Console) -> None:
    """A bar for each hop, beginning where the one before ends. Milliseconds."""
    scale = BAR_WIDTH / max(sum(hops.values()), 0.001)
    table, done = Table("hop", "ms", "", box=None, header_style="dim"), 0.0
    for hop, value in hops.items():
        bar = " " * round(done * scale) + "█" * max(1, round(value * scale))
        table.add_row(hop, f"{value:.1f}", f"[cyan]{bar}[/]")
        done += value
    table.add_row("in all", f"{done:.1f}", "")
    console.print(table)


def _cpu(supervisor: Supervisor, seconds: int) -> dict[str, float]:
    """CPU of each service with its children over `seconds`, in percent of one core."""
    before = {process.name: _cpu_seconds(process) for process in supervisor.processes()}
    time.sleep(seconds)
    used = {process.name: _cpu_seconds(process) - before[process.name] for process in supervisor.processes()}
    percent = {name: round(100 * value / seconds, 2) for name, value in used.items()}
    return percent | {"total": round(sum(percent.values()), 2)}


def _cpu_seconds(process: Process) -> float:
    # Children that have ended are counted in their parent's children_* fields.
    return sum(sum(member.cpu_times()[:4]) for member in process.family())


def _folders(settings: Settings) -> list[Path]:
    return [ROOT / ".venv", settings.tools_dir, *sorted((settings.state_dir / "data").iterdir())]


def _disk_mb(folder: Path) -> int:
    """Blocks on disk below the folder, in MB; hard links to the installer's cache count here too."""
    return sum(file.lstat().st_blocks * 512 for file in folder.rglob("*") if not file.is_symlink()) // 2**20


def _report(figures: dict[str, Any], out: Path | None, console: Console, hidden: str = "") -> None:
    console.print_json(json.dumps({key: value for key, value in figures.items() if key != hidden}))
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(figures, indent=1) + "\n")
