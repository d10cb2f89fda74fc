"""ClickHouse's tables as Airflow's assets: which DAG writes them, and which reads. Superset's dashboards read all four.

None of them starts a DAG: whoever reads the tables here looks every few minutes anyway.
"""

from __future__ import annotations

from airflow.sdk import Asset


def _table(name: str) -> Asset:
    # x-: a scheme of our own, which no provider will ever want to have another form.
    return Asset(name=name, uri=f"x-clickhouse://wms/{name}", group="stock")


PRODUCTS = _table("products")
REGIONS = _table("regions")
WAREHOUSES = _table("warehouses")
REFERENCE = {"products": PRODUCTS, "regions": REGIONS, "warehouses": WAREHOUSES}

# Written by the stream from the WMS, outside Airflow; anew as a whole by wms_stock_reload.
STOCK_BALANCES = _table("stock_balances")
