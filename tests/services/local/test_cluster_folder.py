"""The folder of a standalone cluster, with the real distribution and the jars of the tests' own cluster."""

from pathlib import Path

from ommatid_fleet.cluster_folder import prepare
from ommatid_fleet.local.flink_distribution import library_jars


def test_a_prepared_folder_has_jars_of_its_own_and_keeps_the_configuration_of_its_owner(tmp_path: Path):
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "log4j-console.properties").write_text("# mine")

    for _ in range(2):
        prepare(tmp_path, s3=False)

    assert {jar.name for jar in library_jars()} == {jar.name for jar in (tmp_path / "lib").iterdir()}
    assert not any(jar.is_symlink() for jar in (tmp_path / "lib").iterdir())
    assert list((tmp_path / "plugins" / "metrics-prometheus").glob("flink-metrics-prometheus-*.jar"))
    assert not (tmp_path / "plugins" / "s3-fs-presto").exists()
    assert (tmp_path / "conf" / "log4j-console.properties").read_text() == "# mine"
    assert f'FLINK_CONF_DIR="{tmp_path}/conf"' in (tmp_path / "flink.env").read_text().splitlines()
