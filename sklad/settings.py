"""Every setting of Sklad, typed, in one place. The shell comes first, then `.env`, which documents each key."""

from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import AfterValidator, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from sklad.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent
ENV_FILE = ROOT / ".env"

Port = Annotated[int, Field(ge=1, le=65535)]
Megabytes = Annotated[int, Field(ge=1)]


def _pinned(image: str) -> str:
    tag = image.rsplit("/", 1)[-1].partition(":")[2]
    if not tag or tag == "latest":
        raise ValueError(f"{image!r} names no version: write it as name:tag, and not with the tag latest")
    return image


Image = Annotated[str, AfterValidator(_pinned)]
Secret = Annotated[str, Field(min_length=1, repr=False)]

# How development passwords begin, as they are and in base64.
DEVELOPMENT_MARKS = ("dev-only-", "ZGV2LW9ubHkt")


class Settings(BaseSettings):
    """The stack's settings. Field names are the `.env` keys in lower case; units are in the names (`_mb`, `_hours`)."""

    model_config = SettingsConfigDict(env_file=ENV_FILE, extra="forbid", frozen=True)

    bind_address: str
    state_dir: Path
    tools_dir: Path
    products: Annotated[str, Field(pattern="^[a-z]+(,[a-z]+)*$")]

    wms_external: bool
    wms_host: str
    wms_port: Port
    wms_db: str
    wms_user: str
    wms_password: Secret
    wms_debezium_password: Secret
    wms_etl_password: Secret
    wms_app_password: Secret
    wms_csv_dir: Path
    live_rate: Annotated[float, Field(ge=0)]
    wms_max_slot_wal_keep_mb: Megabytes

    kafka_port: Port
    kafka_controller_port: Port
    kafka_heap_mb: Megabytes
    kafka_retention_hours: Annotated[int, Field(ge=1)]
    connect_port: Port
    connect_heap_mb: Megabytes
    connect_poll_ms: Annotated[int, Field(ge=1, le=10_000)]
    sink: Literal["ingest", "engine", "connect"]
    ingest_interval_ms: Annotated[int, Field(ge=0, le=10_000)]
    load: Literal["snapshot", "bulk"]

    clickhouse_host: str
    clickhouse_port: Port
    clickhouse_password: Secret
    clickhouse_etl_password: Secret
    clickhouse_web_password: Secret
    clickhouse_bi_password: Secret
    clickhouse_memory_bytes: Annotated[int, Field(ge=512 * 2**20)]
    change_log_retention_days: Annotated[int, Field(ge=1)]

    freshness_objective_seconds: Annotated[float, Field(gt=0)]
    resync_after_seconds: Annotated[float, Field(ge=0)]
    disk_free_mb: Megabytes

    airflow_port: Port
    airflow_user: str
    airflow_password: Secret
    airflow_secret_key: Annotated[Secret, Field(min_length=64)]
    airflow_jwt_secret: Annotated[Secret, Field(min_length=64)]
    airflow_fernet_key: Secret

    alert_urls: Annotated[str, Field(repr=False)]
    alert_out_of_stock_share: Annotated[float, Field(ge=0, le=1)]

    web_jsonl_dir: Path

    superset_port: Port
    superset_user: str
    superset_password: Secret
    superset_secret_key: Annotated[Secret, Field(min_length=42)]
    superset_public: bool
    superset_cache_seconds: Annotated[int, Field(ge=1, le=9)]
    superset_workers: Annotated[int, Field(ge=1, le=16)]
    superset_embed_origins: Annotated[str, Field(pattern=r"^(https?://[^/\s,;'\"]+( https?://[^/\s,;'\"]+)*)?$")]

    metadata_port: Port
    airflow_db_password: Secret
    superset_db_password: Secret

    compose_profiles: str
    wms_container_host: str
    wms_container_port: Port
    kafka_advertised_host: str
    akhq_port: Port
    wms_image: Image
    kafka_image: Image
    clickhouse_image: Image
    airflow_image: Image
    superset_image: Image
    akhq_image: Image
    python_image: Image
    clickhouse_sink_url: str
    clickhouse_sink_sha256: Annotated[str, Field(pattern="^([0-9a-fA-F]{64})?$")]
    health_interval: Annotated[str, Field(pattern="^[0-9]+s$")]
    wms_memory_mb: Megabytes
    metadata_memory_mb: Megabytes
    kafka_memory_mb: Megabytes
    connect_memory_mb: Megabytes
    clickhouse_memory_mb: Megabytes
    airflow_memory_mb: Megabytes
    superset_memory_mb: Megabytes
    akhq_memory_mb: Megabytes

    kafka_2_port: Port
    kafka_3_port: Port
    clickhouse_cluster_secret: Secret
    keeper_image: Image
    valkey_image: Image
    keeper_memory_mb: Megabytes
    valkey_memory_mb: Megabytes
    superset_cluster_memory_mb: Megabytes

    # Not in .env, since docker-compose.yml sets them: the runtime, and the names that services have for each other in
    # containers. Empty: all listen on bind_address.
    runtime: Literal["embedded", "containers"] = "embedded"
    clickhouse_cluster: str = ""  # the cluster's name in ClickHouse's configuration; empty: a single server
    kafka_host: str = ""
    connect_host: str = ""
    airflow_host: str = ""
    superset_host: str = ""

    @field_validator("state_dir", "tools_dir", "wms_csv_dir", "web_jsonl_dir")
    @classmethod
    def _below_root(cls, value: Path) -> Path:
        return value if value.is_absolute() else ROOT / value

    @property
    def product_names(self) -> tuple[str, ...]:
        return tuple(self.products.split(","))

    @property
    def captures_wms(self) -> bool:
        """Whether the WMS's changes are captured at all: the product stock is made of them, and no other."""
        return "stock" in self.product_names

    @property
    def kafka_bootstrap_servers(self) -> str:
        return f"{self.kafka_host or self.bind_address}:{self.kafka_port}"

    @property
    def connect_url(self) -> str:
        return f"http://{self.connect_host or self.bind_address}:{self.connect_port}"

    @property
    def clickhouse_url(self) -> str:
        return f"http://{self.clickhouse_host}:{self.clickhouse_port}"

    @property
    def airflow_url(self) -> str:
        return f"http://{self.airflow_host or self.bind_address}:{self.airflow_port}"

    @property
    def superset_url(self) -> str:
        return f"http://{self.superset_host or self.bind_address}:{self.superset_port}"

    def wms_dsn(self, user: str, password: str) -> str:
        """libpq connection URI of the WMS for one of its roles."""
        return f"postgresql://{user}:{quote(password, safe='')}@{self.wms_host}:{self.wms_port}/{self.wms_db}"

    def metadata_uri(self, owner: str, password: str) -> str:
        """SQLAlchemy URI of a metadata database; its owner bears the same name."""
        credentials = f"{owner}:{quote(password, safe='')}"
        return f"postgresql+psycopg2://{credentials}@{self.bind_address}:{self.metadata_port}/{owner}"

    def as_environment(self) -> dict[str, str]:
        """All settings as variables, so that a child process resolves to the very same ones."""
        return {name.upper(): str(value) for name, value in self.model_dump().items()}

    def development_passwords(self) -> list[str]:
        """Names of the `.env` keys that still hold a development password."""
        return [
            name.upper()
            for name, value in self.model_dump().items()
            if isinstance(value, str) and value.startswith(DEVELOPMENT_MARKS)
        ]


def _refuse_development_passwords_beyond_loopback(settings: Settings) -> None:
    try:
        loopback = ip_address(settings.bind_address).is_loopback
    except ValueError as error:
        raise SettingsError(
            f"BIND_ADDRESS={settings.bind_address} is not an IP address. Set it in .env, for example 127.0.0.1."
        ) from error
    unsafe = settings.development_passwords()
    if not loopback and unsafe:
        raise SettingsError(
            f"BIND_ADDRESS={settings.bind_address} opens the stack to the network while these keys of .env still hold "
            f"development passwords: {', '.join(unsafe)}. Set passwords of your own, or go back to 127.0.0.1."
        )


def _explain(error: ValidationError) -> str:
    lines = []
    for item in error.errors():
        key = ".".join(str(part) for part in item["loc"]).upper()
        reason = {"missing": "is not set", "extra_forbidden": "is not a setting of Sklad"}.get(
            item["type"], item["msg"][0].lower() + item["msg"][1:]
        )
        lines.append(f"  {key}: {reason}")
    return "These settings in .env or the shell can't be used:\n" + "\n".join(lines) + f"\nMend them in {ENV_FILE}."


@lru_cache
def load_settings() -> Settings:
    """Read and check all settings.

    Raises:
        SettingsError: a key is missing, unknown, malformed, or unsafe for the chosen BIND_ADDRESS.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        raise SettingsError(_explain(error)) from error
    _refuse_development_passwords_beyond_loopback(settings)
    return settings
