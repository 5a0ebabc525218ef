"""The page on metrics against what a running agent exports."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from tests.services.edge_agent.agent_process import agent, wait_until
from tests.services.edge_agent.sites import Site

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "read-the-metrics.md"
OWN_ADDITIONS = ("_total", "_bucket")


def test_every_metric_of_a_running_agent_is_explained_and_every_explained_one_exists(
    site: Site, secrets: dict[str, str], camera_url: Callable[[str], str], tmp_path: Path
):
    with agent(tmp_path, site.fleet({"gate": {"url": camera_url("camera-1")}}), secrets) as running:

        def scrape() -> str:
            with urlopen(f"http://127.0.0.1:{running.metrics_port}/metrics") as response:
                return response.read().decode()

        def streams_in_gear() -> bool:
            text = scrape()
            return 'state="STREAMING"} 1.0' in text and "ommatid_edge_gear{" in text

        wait_until(streams_in_gear, lambda: running.log + scrape(), deadline_s=60.0)
        exported = {family.name for family in text_string_to_metric_families(scrape())}

    documented = {base_name(name) for name in re.findall(r"\bommatid_edge_[a-z_]+", PAGE.read_text())}
    assert documented == {name for name in exported if not name.endswith("_created")}


def base_name(name: str) -> str:
    """Name of a metric without what its samples append to it."""
    for addition in OWN_ADDITIONS:
        name = name.removesuffix(addition)
    return name
