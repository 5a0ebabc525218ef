from pathlib import Path

import pytest

from ommatid_fleet.upgrade import Launch, launch_of, with_argument
from ommatid_schemas import ConfigurationError

# What Flink 2.3.0 answers to /jobs/ID/config under execution-config.user-config.
PARAMETERS = {
    "ommatid.python": "/release-1/bin/python",
    "ommatid.release": "0.1.0",
    "ommatid.module": "ommatid_jobs.flink.detect",
    "ommatid.arguments": '["--fleet", "/etc/fleet.yaml", "--region", "eu", "--priority", "safety"]',
}
LAUNCH = Launch(
    "ommatid_jobs.flink.detect",
    ("--fleet", "/etc/fleet.yaml", "--region", "eu", "--priority", "safety"),
    Path("/release-1/bin/python"),
)


def test_a_running_job_says_how_it_was_started():
    assert launch_of(PARAMETERS, "ommatid-detect-eu-safety") == LAUNCH


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {**PARAMETERS, "ommatid.arguments": "--fleet"},
        {k: v for k, v in PARAMETERS.items() if k != "ommatid.module"},
    ],
)
def test_a_job_that_does_not_say_is_refused_with_what_to_do(parameters: dict[str, str]):
    with pytest.raises(ConfigurationError, match=r"job mine: expected it to say .*'ommatid jobs stop'"):
        launch_of(parameters, "mine")


def test_another_fleet_file_takes_the_place_of_the_old_one():
    launch = LAUNCH.with_fleet(Path("/etc/new.yaml"))

    assert (launch.argument("--fleet"), launch.argument("--region")) == ("/etc/new.yaml", "eu")
    assert len(launch.arguments) == len(LAUNCH.arguments)


def test_without_another_fleet_file_a_launch_stays_as_it_is():
    assert LAUNCH.with_fleet(None) is LAUNCH


def test_an_argument_that_was_not_given_is_added():
    assert with_argument(("--fleet", "a"), "--bootstrap", "b:1") == ("--fleet", "a", "--bootstrap", "b:1")
    assert LAUNCH.argument("--bootstrap") is None
