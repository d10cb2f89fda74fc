"""Settings that contradict each other, found before anything is touched."""

from collections.abc import Iterator

from sklad import products
from sklad.errors import PreflightError, SettingsError
from sklad.settings import Settings

# Airflow gets these passwords inside JSON.
_NOT_IN_JSON = ('"', "\\")


def check(settings: Settings) -> str:
    """Check what containers depend on. Raises PreflightError that names all problems at once, each with its cure."""
    problems = [
        *products_sound(settings), *external_wms(settings), *_profiles(settings), *_json(settings), *_load(settings)
    ]  # fmt: skip
    if problems:
        raise PreflightError("the stack can't start like this:\n" + "\n".join(f"  - {text}" for text in problems))
    return "settings are sound"


def products_sound(settings: Settings) -> Iterator[str]:
    """The products that PRODUCTS names exist, and can run where these settings have them run."""
    try:
        selected = products.selected(settings)
    except SettingsError as error:
        yield str(error)
        return
    for product in selected:
        if settings.clickhouse_cluster and not product.on_a_cluster:
            yield f"the tables of {product.name} are for one ClickHouse server, no cluster. Take it out of PRODUCTS."


def external_wms(settings: Settings) -> Iterator[str]:
    """The demo workload must not touch a WMS that is not the demo's."""
    if settings.wms_external and settings.live_rate > 0:
        yield (
            f"WMS_EXTERNAL=true with LIVE_RATE={settings.live_rate:g}: the demo workload would change the stock of "
            "your own WMS. Set LIVE_RATE=0 in .env."
        )


def _profiles(settings: Settings) -> Iterator[str]:
    profiles = {name for name in settings.compose_profiles.split(",") if name}
    if not settings.captures_wms:
        if profiles:
            yield (
                f"PRODUCTS={settings.products} leaves stock out, and COMPOSE_PROFILES={settings.compose_profiles} are "
                "its services. Set COMPOSE_PROFILES= (empty) in .env."
            )
        return
    if "stock" not in profiles:
        yield (
            "COMPOSE_PROFILES lacks stock, so nothing would capture the WMS's changes. Add it in .env, or take "
            "stock out of PRODUCTS."
        )
    if settings.wms_external and profiles - {"stock"}:
        yield (
            f"WMS_EXTERNAL=true with COMPOSE_PROFILES={settings.compose_profiles}: these are the demo's database and "
            "workload. Set COMPOSE_PROFILES=stock in .env."
        )
    if not settings.wms_external and "wms" not in profiles:
        yield "COMPOSE_PROFILES lacks wms and WMS_EXTERNAL is false, so there is no source. Set one of them in .env."


def _load(settings: Settings) -> Iterator[str]:
    if settings.clickhouse_cluster and settings.load == "bulk":
        yield (
            "LOAD=bulk fills the table of one ClickHouse server, and on a cluster that is split over several. "
            "Set LOAD=snapshot in .env."
        )


def _json(settings: Settings) -> Iterator[str]:
    for name in ("clickhouse_etl_password", "clickhouse_web_password", "wms_etl_password", "wms_debezium_password"):
        if any(sign in getattr(settings, name) for sign in _NOT_IN_JSON):
            yield f"{name.upper()} holds a quote or a backslash, which containers can't pass on. Choose another."
