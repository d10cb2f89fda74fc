"""The command line: one command a data product, and `live`. Errors meant for a person come without a traceback."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from data_generator.errors import GeneratorError
from data_generator.stock import StockOptions, generate

_SEED_FOLDER = Path(__file__).resolve().parent.parent / "wms" / "csv"
_DEFAULTS = StockOptions()

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
)


@app.callback()
def _root() -> None:
    """Make the demo's source data: CSV files to start from, and live changes."""


@app.command(
    epilog="""Examples:

python -m data_generator stock

python -m data_generator stock --out /tmp/csv --warehouses 400 --products 27778 --seed 7

python -m data_generator stock --out /tmp/csv --fill 1 --zeros 0
"""
)
def stock(
    *,
    out: Annotated[Path, typer.Option(help="Folder for the four files.")] = _SEED_FOLDER,
    seed: Annotated[int, typer.Option(help="The same seed and sizes give the same bytes.")] = _DEFAULTS.seed,
    regions: Annotated[int, typer.Option(help="Number of regions.")] = _DEFAULTS.regions,
    warehouses: Annotated[int, typer.Option(help="Number of warehouses.")] = _DEFAULTS.warehouses,
    products: Annotated[int, typer.Option(help="Number of products.")] = _DEFAULTS.products,
    fill: Annotated[
        float, typer.Option(help="Share of warehouse-product pairs that have a balance; the rest is missing.")
    ] = _DEFAULTS.fill,
    zeros: Annotated[float, typer.Option(help="Share of the balances that are 0: out of stock.")] = _DEFAULTS.zeros,
) -> None:
    """Write regions.csv, warehouses.csv, products.csv and stock_balances.csv for wms/on_start.sh."""
    options = StockOptions(seed=seed, regions=regions, warehouses=warehouses, products=products, fill=fill, zeros=zeros)
    for name, rows in generate(options, out).items():
        typer.echo(f"{rows:>12,} rows in {out / name}")


def main() -> None:
    """Run the command line; exit with 1 after an error meant for a person."""
    try:
        app()
    except GeneratorError as error:
        typer.echo(f"data_generator: {error}", err=True)
        sys.exit(1)
