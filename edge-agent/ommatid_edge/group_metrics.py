"""Prometheus metrics of camera groups, read at the moment of the scrape."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ommatid_edge.camera_group.bounds import RestartReason
from ommatid_edge.camera_group.groups import CameraGroups


class GroupMetrics(Collector):
    """State, restarts and consumption of an agent's camera groups.

    Args:
        groups: The groups.
    """

    def __init__(self, groups: CameraGroups) -> None:
        self._groups = groups

    def collect(self) -> Iterator[Metric]:
        """One metric family each."""
        yield self._states()
        yield self._restarts()
        yield from self._consumption()

    def _states(self) -> Metric:
        family = GaugeMetricFamily("ommatid_edge_groups", "Camera groups whose process runs or not.", labels=["state"])
        up = [group.up for group in self._groups.conditions()]
        family.add_metric(["up"], sum(up))
        family.add_metric(["down"], len(up) - sum(up))
        return family

    def _restarts(self) -> Metric:
        family = CounterMetricFamily(
            "ommatid_edge_group_restarts", "Processes of camera groups that were started again.", labels=["reason"]
        )
        restarts = self._groups.restarts()
        for reason in RestartReason:
            family.add_metric([str(reason)], restarts[reason])
        return family

    def _consumption(self) -> Iterator[Metric]:
        memory = GaugeMetricFamily("ommatid_edge_group_memory_bytes", "Resident memory of a group.", labels=["group"])
        cpu = CounterMetricFamily("ommatid_edge_group_cpu_seconds", "CPU time of a group's process.", labels=["group"])
        threads = GaugeMetricFamily("ommatid_edge_group_threads", "Threads of a group's process.", labels=["group"])
        for group in self._groups.conditions():
            if group.alive is not None:
                memory.add_metric([str(group.number)], group.alive.rss_bytes)
                cpu.add_metric([str(group.number)], group.alive.cpu_s)
                threads.add_metric([str(group.number)], group.alive.threads)
        yield from (memory, cpu, threads)
