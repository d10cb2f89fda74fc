"""Superset seen from outside: building the bundle of its assets, importing it, asking its API."""
