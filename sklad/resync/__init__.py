"""Bringing a captured table back when its stream is lost or hopelessly behind, while readers keep reading; and, with
LOAD=bulk, its first load.

A new slot first, so that the stream misses nothing from then on; then ClickHouse reads the whole table itself, several
ranges of pages at a time, with versions just below whatever the slot will deliver; then the stream goes on from the
slot. Cut off, it is run again. Why the result is exact: docs/decisions/0021-resync-by-slot-then-read.md.
"""
