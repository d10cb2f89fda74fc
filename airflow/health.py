"""Whether a job of Airflow's lives: exit code 0 if its last heartbeat is fresh.

Asks the database, since `airflow jobs check` takes seconds to load.

python airflow/health.py SchedulerJob
"""

from __future__ import annotations

import socket
import sys

import psycopg2
from bootstrap import connect

# Airflow writes one every five seconds.
OLDEST_SECONDS = 30
QUERY = """
    SELECT 1 FROM job
    WHERE job_type = %s AND hostname = %s AND state = 'running' AND latest_heartbeat > now() - make_interval(secs => %s)
"""


def is_alive(job: str) -> bool:
    """Whether this host's job of that type has a fresh heartbeat."""
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute(QUERY, (job, socket.gethostname(), OLDEST_SECONDS))
        return cursor.fetchone() is not None


if __name__ == "__main__":
    try:
        sys.exit(0 if is_alive(sys.argv[1]) else f"{sys.argv[1]} has no fresh heartbeat")
    except psycopg2.Error as error:
        sys.exit(f"the metadata database can't be asked: {error}")
