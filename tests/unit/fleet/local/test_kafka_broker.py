import uuid

from hypothesis import given
from hypothesis import strategies as st

from ommatid_fleet.local.kafka_broker import cluster_id


@given(source=st.uuids())
def test_a_cluster_id_has_22_characters_and_no_dash(source: uuid.UUID):
    found = cluster_id(source)

    assert len(found) == 22
    assert "-" not in found
