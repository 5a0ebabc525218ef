import threading
from itertools import islice

import pytest

from ommatid_connectors.kafka import StartAt, TopicMissing
from ommatid_jobs.delivery import Rejected, alerts_tail
from ommatid_schemas import topics
from tests.services.delivery.site_under_test import Site


def test_alerts_come_as_they_are_raised_and_bad_records_as_values(site: Site) -> None:
    tail = alerts_tail(site.client, site.region)
    site.publish(topics.alerts_topic(site.region), b"corrupt")
    site.publish_alert("alert-1")

    bad, alert = islice(tail, 2)
    tail.close()

    assert isinstance(bad, Rejected)
    assert "expected Avro single-object encoding" in bad.reason
    assert alert == site.alert()


def test_a_tail_ends_when_it_is_stopped(site: Site) -> None:
    stop = threading.Event()
    stop.set()

    assert list(alerts_tail(site.client, site.region, start=StartAt.EARLIEST, stop=stop)) == []


def test_a_region_without_topics_is_named(site: Site) -> None:
    with pytest.raises(TopicMissing, match=r"expected the topic omm\.alerts\.nowhere, found none"):
        alerts_tail(site.client, "nowhere")
