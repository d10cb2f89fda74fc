"""DAG wms_stock_alerts: tells people what is wrong, when it begins and when it is over. The work is in alerts.py."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta

from airflow.sdk import Variable, dag, task
from airflow.sdk.exceptions import AirflowSkipException
from shared import notices
from shared.notes import note
from stock import assets

# What people were told and is not over, by condition.
BEGUN = "wms_stock_alerts_begun"

DOC = """
### Alerts, every five minutes
Tells the addresses in `ALERT_URLS` (`.env`; [apprise](https://github.com/caronc/apprise/wiki): Telegram, e-mail, Slack,
webhooks) when one of these begins, and when it is over:

- more than `ALERT_OUT_OF_STOCK_SHARE` of the assortment matrix is missing;
- the freshness objective is missed (`freshness_objective_v`);
- the last comparison with the WMS found differences (`verify_runs`);
- ClickHouse does not answer, so that none of these can be looked at.

Each is an SQL file in `airflow/dags/stock/sql/alerts/`; one more file is one more alert. A run's note says what was
told and what is wrong. What people know already is in Airflow's variable `wms_stock_alerts_begun`. **With
`ALERT_URLS` empty, as it is at first, this DAG has no schedule and does nothing.**

### When it fails
No address took a message: the log says which and why. What was not sent is tried again by the next run; an address
that alone fails is logged. To hear of everything that is wrong once more, delete the variable.
"""


@dag(
    schedule="*/5 * * * *" if os.environ.get("ALERT_URLS") else None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(minutes=10),
    default_args={
        "owner": "stock",
        "retries": 1,
        "retry_delay": timedelta(seconds=30),
        "retry_exponential_backoff": 2,
        "max_retry_delay": timedelta(minutes=1),
        "execution_timeout": timedelta(minutes=3),
    },
    tags=["stock", "alerts"],
    doc_md=DOC,
)
def wms_stock_alerts() -> None:
    """Look, then tell."""

    @task(
        task_display_name="Look and tell",
        inlets=[assets.PRODUCTS, assets.REGIONS, assets.WAREHOUSES, assets.STOCK_BALANCES],
    )
    def tell() -> None:
        from stock import alerts, links  # noqa: PLC0415

        addresses = os.environ.get("ALERT_URLS", "")
        if not addresses:
            nobody = "ALERT_URLS in .env is empty: nobody is to be told."
            note(nobody)
            raise AirflowSkipException(nobody)
        thresholds = {"out_of_stock_share": float(os.environ["ALERT_OUT_OF_STOCK_SHARE"])}
        findings = alerts.look(links.clickhouse, thresholds)
        told = notices.settle(
            findings,
            begun=json.loads(Variable.get(BEGUN, default="{}")),
            send=notices.send_by_apprise(addresses),
            keep=lambda known: Variable.set(BEGUN, json.dumps(known, ensure_ascii=False)),
        )
        note(notices.summary(findings, told))

    tell()


wms_stock_alerts()
