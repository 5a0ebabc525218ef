from pathlib import Path

import pytest

from ommatid_fleet.local.rendering import render, text_of


def test_every_value_of_the_broker_configuration_is_filled_in():
    text = render(
        "kafka-server.properties",
        host="127.0.0.1",
        broker_port=1001,
        controller_port=1002,
        data_dir=Path("/state/data"),
    )

    assert "listeners=PLAINTEXT://127.0.0.1:1001,CONTROLLER://127.0.0.1:1002\n" in text
    assert "log.dirs=/state/data\n" in text
    assert "${" not in text


def test_a_forgotten_value_is_an_error():
    with pytest.raises(KeyError, match="broker_port"):
        render("kafka-server.properties", host="127.0.0.1")


@pytest.mark.parametrize(
    "name", ["kafka-log4j2.properties", "flink-log4j-console.properties", "flink-client-log4j.properties"]
)
def test_logging_configurations_write_to_standard_output(name: str):
    assert "appender.console.type = CONSOLE" in text_of(name)
