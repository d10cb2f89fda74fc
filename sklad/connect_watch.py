"""Runs connector tasks again that failed because what they need was away for a moment. Kafka Connect never does.

A task that loses its source retries without an end, but one that meets it dying while it connects anew fails for good
(Debezium 3.7 calls only some of those errors retriable). A failure of any other kind stays: a person must see it.

python -m sklad.connect_watch http://127.0.0.1:8083
"""

import logging
import re
import sys
import time

import httpx

from sklad.connect import ConnectClient, ConnectorState, cause

PAUSE_SECONDS = 5.0
# Innermost causes that go away by themselves: connections refused, cut and timed out; PostgreSQL on its way down or up,
# or with a slot that it still counts as its dead reader's; brokers that don't answer.
_PASSING = re.compile(
    r"java\.(io|net|nio)\.[\w.]*Exception"
    r"|org\.postgresql\.util\.PSQLException: "
    r"(?=.*(connection|I/O error|is starting up|is shutting down|recovery mode|too many clients|is active for PID))"
    r"|org\.apache\.kafka\.common\.errors\.(Timeout|Disconnect|Network|Coordinator\w+|NotLeader\w+|Retriable)\w*Exception"
)

log = logging.getLogger(__name__)


def passes(state: ConnectorState) -> bool:
    """Whether a connector has failed in a way that another try may mend."""
    return state.has_failed and _PASSING.match(cause(state.trace)) is not None


def look(client: ConnectClient) -> None:
    """Restart what failed in passing."""
    for state in filter(passes, client.states()):
        log.warning("connector %s failed, it is run again: %s", state.name, cause(state.trace))
        client.restart_failed(state.name)


def main() -> None:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    client = ConnectClient(sys.argv[1])
    answers = True
    while True:
        try:
            look(client)
            answers = True
        except httpx.HTTPError as error:
            # Of a worker that is down others tell; once is enough here.
            if answers:
                log.warning("Kafka Connect does not answer: %s", error)
            answers = False
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main()
