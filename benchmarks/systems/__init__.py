"""What is measured: ways that a table of PostgreSQL takes into ClickHouse, each behind the same few calls."""
