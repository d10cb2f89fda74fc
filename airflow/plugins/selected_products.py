"""Which files Airflow looks at for DAGs: those of the products that PRODUCTS names. airflow.env names this function.

A product that is left out is not parsed at all; DAGs of one that was there before become inactive, with their history.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zipfile import ZipFile


def might_contain_dag(file_path: str, zip_file: ZipFile | None = None) -> bool:
    """Airflow's own guess, for files below dags/<product>/ of a selected product."""
    from airflow.configuration import conf  # noqa: PLC0415 - every Airflow process imports its plugins
    from airflow.utils.file import might_contain_dag_via_default_heuristic  # noqa: PLC0415

    product = Path(file_path).relative_to(conf.get_mandatory_value("core", "dags_folder")).parts[0]
    selected = os.environ["PRODUCTS"].split(",")
    return product in selected and might_contain_dag_via_default_heuristic(file_path, zip_file)
