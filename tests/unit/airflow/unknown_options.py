"""Run by Airflow's Python: print which AIRFLOW__SECTION__OPTION names given as arguments Airflow does not know."""

import sys

from airflow.configuration import conf
from airflow.providers_manager import ProvidersManager


def is_known(name: str) -> bool:
    """Whether Airflow or one of its installed providers declares the option."""
    _, section, option = name.lower().split("__", 2)
    return option in conf.configuration_description.get(section, {}).get("options", {})


if __name__ == "__main__":
    ProvidersManager().initialize_providers_configuration()
    print(" ".join(name for name in sys.argv[1:] if not is_known(name)))
