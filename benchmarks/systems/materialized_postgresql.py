"""ClickHouse's own replication of a PostgreSQL database, experimental: the engine reads a slot itself."""

from benchmarks.systems.system import System, parts_of

DATABASE = "bench_materialized"
# It asks the slot again after a pause that grows while nothing comes; the defaults are 200 ms, 10 s and 2.
SETTINGS = {
    "materialized_postgresql_schema": "public",
    "materialized_postgresql_tables_list": "stock_balances",
    "materialized_postgresql_backoff_min_ms": 5,
    "materialized_postgresql_backoff_max_ms": 20,
    "materialized_postgresql_backoff_factor": 2,
}


class MaterializedPostgreSQL(System):
    """In the same ClickHouse as ours, with a slot and a publication of its own."""

    name = "MaterializedPostgreSQL"
    pauses = False  # it can't be detached and attached again
    state = f"SELECT warehouse_id, product_id, quantity, updated_at FROM {DATABASE}.stock_balances"

    def begin(self) -> None:
        settings = self.stack.pipeline.settings
        # Changes of a table with REPLICA IDENTITY FULL it reads and drops, and says nothing.
        self.stack.pipeline.run("ALTER TABLE stock_balances REPLICA IDENTITY DEFAULT")
        # It makes a publication, which only the owner of the tables may.
        with self.stack.pipeline.superuser() as wms:
            wms.execute(f'ALTER ROLE "{settings.wms_user}" REPLICATION')
        own = ", ".join(f"{name} = {value!r}" for name, value in SETTINGS.items())
        self.stack.admin.command(
            f"CREATE DATABASE {DATABASE} ENGINE = MaterializedPostgreSQL("
            f"'{settings.wms_host}:{settings.wms_port}', '{settings.wms_db}', '{settings.wms_user}',"
            f" '{settings.wms_password}') SETTINGS {own}",
            settings={"allow_experimental_database_materialized_postgresql": 1},
        )

    def end(self) -> None:
        self.stack.admin.command(f"DROP DATABASE IF EXISTS {DATABASE} SYNC")
        self.stack.pipeline.run("ALTER TABLE stock_balances REPLICA IDENTITY FULL")
        with self.stack.pipeline.superuser() as wms:
            # It leaves them behind, with the database's name.
            wms.execute(
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
                " WHERE slot_name = current_database()"
            )
            wms.execute("DROP PUBLICATION IF EXISTS wms_ch_publication")

    def storage(self) -> dict[str, float]:
        return parts_of(self.stack.admin, "state", DATABASE, "%stock_balances%")
