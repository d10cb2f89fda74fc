"""Makes the demo's source data: seeded CSV files and live changes, one module a data product."""
