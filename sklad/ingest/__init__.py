"""SINK=ingest: Kafka's messages into ClickHouse by a process of ours, in batches as small as they come.

ClickHouse plans all views behind a table anew for every insert, most of what a small insert costs. So a plain change is
read here and inserted into the change log itself; every other message goes the way of the other sinks, through
stock_balances_queue, whose view judges it. Offsets are committed behind both, so a crash repeats messages, which
changes nothing. See docs/decisions/0063-changes-inserted-by-a-process-of-ours.md.

python -m sklad.ingest
"""
