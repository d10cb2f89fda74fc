"""How fast the daily load of reference data is, beside reading the same rows and keeping nothing:

PYTHONPATH=. .venv/bin/python -m benchmarks.reference --products 1000000

On engines of its own; the very code that Airflow's tasks call, one after the other: staged, checked, published.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Annotated, Any

import typer

from benchmarks.stack import Source, Stack, running_stack
from sklad import clickhouse
from sklad.settings import ROOT

sys.path.insert(0, str(ROOT / "airflow" / "dags"))

SMALL = Source(10_000)
SHRINK = 0.5
_MORE = (
    "INSERT INTO products SELECT number, 'Товар ' || number, 'Матрица ' || number %% 20"
    " FROM generate_series(%s + 1, %s) AS number"
)
# Whatever is as it was published is not published again.
_CHANGE = "UPDATE products SET product_name = product_name || '!' WHERE product_id = 1"
_READ = "SELECT * FROM postgresql(wms_postgres, table = 'products') FORMAT Null"


def main(
    products: Annotated[int, typer.Option(help="Products in the WMS.")] = 1_000_000,
    repetitions: Annotated[int, typer.Option(help="How often each, in turn.")] = 5,
) -> None:
    """Measure, print JSON: seconds of each step, rows a second, and the share of the raw read's speed."""
    with running_stack(ROOT / ".sklad" / "bench") as stack:
        stack.fill(SMALL)
        with stack.pipeline.wms() as wms:
            wms.execute(_MORE, [SMALL.products, products])
            wms.execute("VACUUM ANALYZE products")
        found = [_measured(stack, str(number)) for number in range(repetitions)]
    seconds = {step: statistics.median(each[step] for each in found) for step in found[0]}
    loaded = products / (seconds["stage"] + seconds["check"] + seconds["publish"])
    read = products / seconds["raw read"]
    figures = {
        "products": products,
        "median_seconds": {step: round(value, 3) for step, value in seconds.items()},
        "loaded_rows_per_s": round(loaded),
        "read_rows_per_s": round(read),
        "ratio": round(loaded / read, 3),
        "raw": found,
    }
    print(json.dumps(figures, indent=1))


def _measured(stack: Stack, run_id: str) -> dict[str, float]:
    from stock import reference_load  # noqa: PLC0415 - found below airflow/dags

    seconds: dict[str, float] = {}

    def timed(step: str, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the step gives
        began = time.monotonic()
        result = work()
        seconds[step] = time.monotonic() - began
        return result

    with stack.pipeline.wms() as wms:
        wms.execute(_CHANGE)
    with clickhouse.etl_client(stack.pipeline.settings) as client:
        timed("raw read", lambda: client.command(_READ))
        staged = timed("stage", lambda: reference_load.stage(client))
        timed("check", lambda: reference_load.check(client, SHRINK))
        timed("publish", lambda: reference_load.publish(client, staged, run_id))
    return seconds


if __name__ == "__main__":
    typer.run(main)
