"""The demo workload: keeps the WMS moving at LIVE_RATE changes a second."""

from sklad.embedded.service import Need, Service, python_module
from sklad.settings import Settings


def live(settings: Settings) -> Service:
    return Service(
        name="live",
        command=python_module("data_generator", "live", "--rate", f"{settings.live_rate:g}"),
        environment={"WMS_APP_DSN": settings.wms_dsn("wms_app", settings.wms_app_password)},
        needs=(Need("the WMS", settings.wms_host, settings.wms_port),),
    )
