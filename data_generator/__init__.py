"""Makes the demo's source data: seeded files and live changes, one module a data product."""
