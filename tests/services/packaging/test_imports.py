"""What a process of the agent imports: each needless module is memory on a gateway, times the number of processes."""

import subprocess
import sys


def test_the_agent_needs_neither_flink_nor_a_model():
    unwanted = {"pyflink", "onnxruntime", "ommatid_jobs", "ommatid_fleet"}
    probe = f"import sys, ommatid_edge.cli; print({unwanted} & set(sys.modules))"

    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)

    assert run.stdout == "set()\n"


def test_the_process_of_a_camera_group_imports_no_more_than_it_needs():
    unwanted = {"confluent_kafka", "prometheus_client", "yaml", "typer", "sqlite3", "ommatid_schemas.fleet_file"}
    probe = f"import sys, ommatid_edge.camera_group.child; print({unwanted} & set(sys.modules))"

    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)

    assert run.stdout == "set()\n"


def test_the_agents_command_is_imported_without_ffmpeg():
    run = subprocess.run(
        [sys.executable, "-c", "import sys, ommatid_edge.cli; print('av' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert run.stdout == "False\n"
