"""What a run ends with: results/latest.json, a table on the terminal, and plots."""

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Results, figures, read
from benchmarks.plots import bars, lines


def report(raw: Path, out: Path, about: dict[str, Any], console: Console) -> bool:
    """Write and print; returns whether every phase came to its end with equal sides."""
    results = Results(read(raw))
    found = figures(results)
    out.mkdir(parents=True, exist_ok=True)
    latest = about | {
        "figures": found,
        "failed": [
            {key: result.get(key) for key in ("system", "phase", "repetition", "error", "equal")}
            for result in results.failed
        ],
        "raw": raw.name,
    }
    (out / "latest.json").write_text(json.dumps(latest, indent=1) + "\n")
    _plot(results, out)
    _print(results, console)
    console.print_json(json.dumps(found))
    for result in results.failed:
        why = result.get("error", "the sides differ")
        console.print(f"[red]✗[/] {result['system']}, {result['phase']}: {why}", highlight=False)
    return not results.failed


def _plot(results: Results, out: Path) -> None:
    for percentile in ("p50", "p99"):
        series = {
            system: [
                (rate, value)
                for rate in results.steps(system)
                if (value := results.at_rate(system, rate, f"{percentile}_ms")) is not None
            ]
            for system in results.systems
        }
        lines(
            out / f"latency-{percentile}.svg",
            f"Commit to visible, {percentile}, ms, by changes/s",
            {system: points for system, points in series.items() if points},
        )
    for beginning, name in (("first load ", "first-load"), ("burst ", "burst")):
        for phase in results.phases(beginning):
            rows = phase.split()[-1]
            reads = f"read {rows}" if name == "first-load" else phase
            values = {
                system: value
                for system in results.systems
                if (value := results.median(system, phase, "rows_per_s") or results.median(system, reads, "rows_per_s"))
            }
            bars(out / f"{name}-{rows}.svg", f"{name.replace('-', ' ')} of {int(rows):,} rows, rows/s", values)


def _print(results: Results, console: Console) -> None:
    table = Table("phase", "system", "p50 / p95 / p99 ms", "a second", "CPU-s per million", "equal")
    for phase in sorted({result["phase"] for result in results.raw}):
        for system in results.systems:
            for row in _rows(results, system, phase):
                table.add_row(*row)
    console.print(table)


def _rows(results: Results, system: str, phase: str) -> list[list[str]]:
    found = results.of(system, phase)
    if not found:
        return []
    equal = "yes" if all(result.get("equal") for result in found) else ""  # unequal ones are not among them
    if "steps" in found[0]:
        return [
            [
                f"{phase}, {rate:g}/s",
                system,
                " / ".join(str(results.at_rate(system, rate, f"{at}_ms")) for at in ("p50", "p95", "p99")),
                str(results.at_rate(system, rate, "made_per_s")),
                str(results.at_rate(system, rate, "cpu_seconds_per_million")),
                equal,
            ]
            for rate in results.steps(system)
        ]
    speed = next((key for key in ("rows_per_s", "changes_per_s", "made_per_s") if key in found[0]), "")
    cpu = results.median(system, phase, "cpu_seconds_per_million")
    latency = " / ".join(str(results.median(system, phase, f"{at}_ms")) for at in ("p50", "p95", "p99"))
    return [
        [
            phase,
            system,
            latency if "p50_ms" in found[0] else "",
            f"{results.median(system, phase, speed):,.0f}" if speed else "",
            "" if cpu is None else str(cpu),
            equal,
        ]
    ]
