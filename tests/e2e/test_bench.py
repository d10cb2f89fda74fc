"""`sklad bench` on a running stack."""

import json
from pathlib import Path

from tests.e2e.conftest import Stack

HOPS = ["commit to Debezium", "Debezium to Kafka", "Kafka to ClickHouse", "ClickHouse to visible"]


def test_a_trace_tells_every_hop_of_a_change(stack: Stack, tmp_path: Path) -> None:
    out = tmp_path / "trace.json"
    done = stack.sklad("bench", "trace", "--times", "5", "--out", str(out))
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(hop in done.stdout for hop in HOPS)
    traces = json.loads(out.read_text())["raw_ms"]
    assert len(traces) == 5
    for trace in traces:
        assert list(trace) == HOPS
        # A millisecond is what Debezium and Kafka count in.
        assert all(value >= -1 for value in trace.values())
        assert 0 < sum(trace.values()) < 60_000
