from pathlib import Path

from ommatid_fleet.flink.submission import reason_of_failure, run_options

PYTHON_FAILED = """\
Traceback (most recent call last):
  File "<frozen runpy>", line 198, in _run_module_as_main
  File "/jobs/detect.py", line 5, in <module>
    connect("kafka://user:s3cret@broker/topic")
ValueError: kafka://user:s3cret@broker/topic is no address
10:00:00,000 ERROR o.a.f.c.p.PythonDriver - Run python process failed
java.lang.RuntimeException: Python process exits with code: 1
	at org.apache.flink.client.python.PythonDriver.main(PythonDriver.java:130)
"""
MODULE_MISSING = """\
/venv/bin/python: No module named ommatid_jobs.detcet
10:00:00,000 ERROR o.a.f.c.p.PythonDriver - Run python process failed
java.lang.RuntimeException: Python process exits with code: 1
"""
CLUSTER_REFUSED = """\
org.apache.flink.client.program.ProgramInvocationException: The main method caused an error
	at org.apache.flink.client.program.PackagedProgram.callMainMethod(PackagedProgram.java:359)
Caused by: org.apache.flink.util.FlinkException: Failed to execute job
	... 9 more
Caused by: java.io.FileNotFoundException: Cannot find checkpoint or savepoint file/directory '/gone'
	at org.apache.flink.runtime.state.filesystem.AbstractFsCheckpointStorageAccess.resolve(X.java:255)
"""


def test_the_reason_of_a_failed_module_is_the_end_of_its_traceback():
    assert reason_of_failure(PYTHON_FAILED).splitlines()[-1].strip().startswith("ValueError: ")


def test_the_reason_holds_no_java_frames():
    assert "PythonDriver" not in reason_of_failure(PYTHON_FAILED)


def test_the_reason_hides_credentials():
    assert "s3cret" not in reason_of_failure(PYTHON_FAILED)


def test_the_reason_of_a_missing_module_is_what_python_said():
    assert reason_of_failure(MODULE_MISSING) == "  /venv/bin/python: No module named ommatid_jobs.detcet"


def test_the_reason_of_a_refused_job_is_the_innermost_cause():
    assert reason_of_failure(CLUSTER_REFUSED) == (
        "  java.io.FileNotFoundException: Cannot find checkpoint or savepoint file/directory '/gone'"
    )


def test_a_silent_client_is_named_so():
    assert reason_of_failure("") == "  (the client printed nothing)"


def test_client_and_workers_use_the_same_interpreter():
    options = run_options("127.0.0.1:8081", Path("/venv/bin/python"), None, {})

    assert options == [
        *("run", "-d", "-m", "127.0.0.1:8081"),
        *("-pyclientexec", "/venv/bin/python", "-pyexec", "/venv/bin/python"),
    ]


def test_a_savepoint_and_settings_are_passed_on():
    options = run_options("h:1", Path("/p"), "file:///sp/1", {"parallelism.default": "2"})

    assert options[-3:] == ["-s", "file:///sp/1", "-Dparallelism.default=2"]
