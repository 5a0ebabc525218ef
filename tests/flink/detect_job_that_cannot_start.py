"""The detect job as a broken version might be: the cluster takes it, and its workers fail as they start."""

from pyflink.common import Row, Time
from pyflink.datastream import AsyncDataStream, AsyncFunction, DataStream, RuntimeContext

from ommatid_connectors.flink_kafka import SINK_ROW
from tests.flink import detect_job_of_a_later_version


class CannotStart(AsyncFunction[Row, Row]):
    """Lacks what it needs."""

    def open(self, runtime_context: RuntimeContext) -> None:
        del runtime_context
        raise RuntimeError("this version cannot work")

    async def async_invoke(self, value: Row) -> list[Row]:
        return [value]


def add_what_cannot_start(rows: DataStream) -> None:
    AsyncDataStream.ordered_wait(rows, CannotStart(), Time.milliseconds(0), 1, SINK_ROW).uid("cannot-start")


if __name__ == "__main__":
    detect_job_of_a_later_version.main(add_what_cannot_start)
