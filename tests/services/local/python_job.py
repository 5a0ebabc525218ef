"""A job with a Python operator that runs until it is cancelled; "fail" makes the module itself fail."""

import sys
from typing import Any

from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment


def main() -> None:
    """Count datagen's numbers through a Python map into nothing."""
    if "fail" in sys.argv:
        raise ValueError("this job was told to fail")
    env = StreamExecutionEnvironment.get_execution_environment()
    tables: Any = StreamTableEnvironment.create(env)  # PyFlink has no types of its own
    tables.execute_sql("CREATE TABLE numbers (i BIGINT) WITH ('connector'='datagen', 'rows-per-second'='20')")
    numbers = tables.to_data_stream(tables.from_path("numbers"))
    numbers.map(_first_field, output_type=Types.LONG()).uid("python-map").print().uid("out")
    env.execute("python job")


def _first_field(row: Any) -> int:
    return row[0]


if __name__ == "__main__":
    main()
