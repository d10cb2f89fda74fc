"""Backups of all stores that exist nowhere else, and a stack brought back from one.

A backup is a folder: ClickHouse's databases as the engine's own backups, PostgreSQL's as pg_dump's, and a manifest with
checksums. Kafka is left out: after a restore the stream begins anew by a resync. Why that is exact:
docs/decisions/0103-backups-and-the-stream.md.
"""
