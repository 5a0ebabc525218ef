import pytest

from ommatid_fleet.flink.errors import FlinkUnreachableError
from ommatid_fleet.flink.rest import FlinkRest, innermost_cause
from ommatid_fleet.local.ports import free_ports

TRACE = """\
java.lang.RuntimeException: Error received from SDK harness
\tat org.apache.beam.runners.fnexecution.control.FnApiControlClient(FnApiControlClient.java:1)
Caused by: java.util.concurrent.ExecutionException: Traceback (most recent call last):
  File "operators.py", line 3, in process
KeyError: 'rtsp://viewer:s3cret@camera/main'
\tat java.base/java.util.concurrent.CompletableFuture.reportGet(Unknown Source)
\t... 8 more
"""


def test_the_innermost_cause_ends_with_the_python_error():
    assert innermost_cause(TRACE).splitlines()[-1].startswith("KeyError")


def test_the_innermost_cause_has_no_java_frames():
    assert "\tat " not in innermost_cause(TRACE)


def test_the_innermost_cause_hides_credentials():
    assert "s3cret" not in innermost_cause(TRACE)


def test_a_cluster_that_is_not_there_is_one_sentence_with_its_address():
    (port,) = free_ports(1)

    with pytest.raises(FlinkUnreachableError, match=f"Flink at http://127.0.0.1:{port}: expected an answer"):
        FlinkRest(f"http://127.0.0.1:{port}/").overview()
