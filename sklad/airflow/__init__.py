"""Airflow's REST API, as far as `make up` and `make status` need it."""
