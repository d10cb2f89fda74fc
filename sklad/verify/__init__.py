"""Exact comparison of a WMS table with ClickHouse's state, under live load, without pausing anyone.

A repeatable-read snapshot in PostgreSQL says which transactions it sees. Once all that was committed before it has
arrived, ClickHouse's state is frozen and rolled back to that snapshot with the before-images of the changes that the
snapshot does not see. Both sides compute checksums of buckets of keys; only buckets that differ are read row by row.
Why this is exact: docs/decisions/0020-verify-by-snapshot-and-before-images.md.
"""
