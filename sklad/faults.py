"""What the world outside our own code can do to a step: engines that refuse, sockets that close, folders that are full.

A step that meets one of these failed for a reason that a person can mend, so it becomes a message. Anything else is a
defect of ours and keeps its traceback.
"""

from http.client import HTTPException

import httpx
import psycopg
from clickhouse_connect.driver.exceptions import ClickHouseError
from confluent_kafka import KafkaException

from sklad.errors import SkladError

FAULTS: tuple[type[Exception], ...] = (
    OSError,
    HTTPException,
    httpx.HTTPError,
    psycopg.Error,
    ClickHouseError,
    KafkaException,
)
# What ends a step, whoever is to blame but ourselves: these, and what we raise on purpose.
FAILURES: tuple[type[Exception], ...] = (SkladError, *FAULTS)


def reason(error: BaseException) -> str:
    """The fault in its own words; its type where it has none."""
    return str(error).strip() or type(error).__name__
