from ommatid_edge.camera_group.process import child_environment

AGENTS = {"PATH": "/bin", "LC_ALL": "C", "OMMATID_LOG_LEVEL": "DEBUG", "SSL_CERT_FILE": "/ca.pem"}


def test_a_group_gets_only_what_it_reads_of_the_agents_environment():
    secrets = {"LOBBY_PASSWORD": "s3cret", "OMMATID_EDGE_BOOTSTRAP": "kafka:9092", "AWS_SECRET_ACCESS_KEY": "s3cret"}

    assert child_environment({**AGENTS, **secrets}) == {**AGENTS, "MALLOC_ARENA_MAX": "4"}


def test_the_operators_choice_of_memory_pools_goes_before_ours():
    assert child_environment({"MALLOC_ARENA_MAX": "1"}) == {"MALLOC_ARENA_MAX": "1"}
