from ommatid_schemas.latency import latency_by_stage_ms


def test_stages_are_the_gaps_between_stamps_and_sum_to_the_total():
    stamps = [("captured", 1_000_000), ("edge", 1_100_000), ("queue", 1_250_000), ("raise", 1_300_000)]

    assert latency_by_stage_ms(stamps) == {"edge": 100.0, "queue": 150.0, "raise": 50.0, "total": 300.0}
