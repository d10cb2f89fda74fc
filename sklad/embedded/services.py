"""Every service of the embedded runtime, in the order of starting; stopping goes the other way round."""

from collections.abc import Callable

from sklad.embedded import airflow, clickhouse, flow_watch, ingest, kafka, live, postgres, superset
from sklad.embedded.service import Service
from sklad.settings import Settings

_FACTORIES: dict[str, Callable[[Settings], Service]] = {
    "wms": postgres.wms_database,
    "metadata": postgres.metadata_database,
    "kafka": kafka.broker,
    "clickhouse": clickhouse.clickhouse,
    "connect": kafka.connect,
    "flow-watch": flow_watch.flow_watch,
    "ingest": ingest.ingest,
    "airflow-apiserver": airflow.api_server,
    "airflow-scheduler": airflow.scheduler,
    "airflow-dag-processor": airflow.dag_processor,
    "superset": superset.superset,
    "live": live.live,
}
# What captures the WMS's changes, and makes some.
OF_WMS = ("wms", "connect", "flow-watch", "ingest", "live")


def names(settings: Settings) -> list[str]:
    """Services that these settings ask for."""
    left_out = set() if settings.captures_wms else set(OF_WMS)
    if settings.wms_external:
        left_out.add("wms")
    if settings.sink != "ingest":
        left_out.add("ingest")
    if settings.live_rate == 0:
        left_out.add("live")
    return [name for name in _FACTORIES if name not in left_out]


def service(name: str, settings: Settings) -> Service:
    """The definition of one service. Raises KeyError for a name that is none."""
    return _FACTORIES[name](settings)
