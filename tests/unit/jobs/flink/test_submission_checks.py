"""What the brokers must have before a job starts, and in which words it is refused."""

import pytest

from ommatid_jobs.flink.submission_checks import check_parallelism, check_topics
from ommatid_schemas import ConfigurationError


def test_missing_topics_of_the_sink_are_refused_with_the_command_that_creates_them():
    with pytest.raises(ConfigurationError, match=r"expected b on the brokers, found none; .*ommatid topics apply"):
        check_topics({"a": 4}, ["a", "b"])


def test_more_readers_than_partitions_are_refused():
    check_parallelism(4, {"omm.frames.eu": 2, "omm.triggers": 2, "other": 9}, r"omm\..+")
    with pytest.raises(ConfigurationError, match=r"expected at most 4, .* found 5"):
        check_parallelism(5, {"omm.frames.eu": 2, "omm.triggers": 2, "other": 9}, r"omm\..+")


def test_topics_that_do_not_exist_yet_do_not_limit_parallelism():
    check_parallelism(5, {}, r"omm\..+")
