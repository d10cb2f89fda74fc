"""What sees to failed connector tasks and a lost consumer, as a service."""

from sklad.embedded.service import Service, python_module
from sklad.settings import Settings


def flow_watch(settings: Settings) -> Service:
    # All settings: what it makes anew is made of files that may name any of them.
    return Service(name="flow-watch", command=python_module("sklad.flow_watch"), environment=settings.as_environment())
