"""Run by Airflow's Python: parse the DAG folder given as argument and print what the policies ask about, as JSON."""

import json
import sys

from airflow.dag_processing.dagbag import BundleDagBag


def main(folder: str) -> None:
    """Print {"import_errors": {file: error}, "dags": [...]}."""
    bag = BundleDagBag(dag_folder=folder, bundle_path=folder, bundle_name="dags-folder")
    dags = [
        {
            "dag_id": dag.dag_id,
            "file": dag.relative_fileloc,
            "doc": dag.doc_md or "",
            "tags": sorted(dag.tags),
            "catchup": dag.catchup,
            "max_active_runs": dag.max_active_runs,
            "has_timeout": dag.dagrun_timeout is not None,
            "tasks": [
                {
                    "task_id": task.task_id,
                    "display_name": task.task_display_name,
                    "reads": sorted(asset.name for asset in task.inlets),
                    "writes": sorted(asset.name for asset in task.outlets),
                    "owner": task.owner,
                    "retries": task.retries,
                    "has_backoff": bool(task.retry_exponential_backoff),
                    "has_timeout": task.execution_timeout is not None,
                }
                for task in dag.tasks
            ],
        }
        for dag in bag.dags.values()
    ]
    print(json.dumps({"import_errors": bag.import_errors, "dags": dags}))


if __name__ == "__main__":
    main(sys.argv[1])
