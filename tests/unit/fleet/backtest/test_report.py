import json
import re
from dataclasses import replace

from ommatid_fleet.backtest.accounts import Cost, FrameAccounts, Price
from ommatid_fleet.backtest.html_report import html_report
from ommatid_fleet.backtest.raised_alert import RaisedAlert
from ommatid_fleet.backtest.report import backtest_record
from ommatid_fleet.backtest.result import Result
from ommatid_fleet.backtest.scoring import TrueEvent
from ommatid_fleet.cli.backtest_text import backtest_lines
from tests.unit.fleet.backtest.raised import START_US, raised

HOSTILE = "<script>alert('x')</script>"


def result(*alerts: RaisedAlert, calls: int = 40, price: Price | None = None) -> Result:
    frames = FrameAccounts(100, {"not_due": 60}, {"MOTION": 40}, {}, {"MOTION": calls}, {})
    return Result("fleet.yaml", START_US, 60.0, alerts, frames, {}, Cost(calls, price, 60.0))


def test_the_record_is_plain_json_in_the_time_of_the_footage():
    record = backtest_record(["people.mp4"], [result(raised(10.3, begun_s=10.0))], [TrueEvent(9.0, 15.0)])

    assert json.loads(json.dumps(record)) == record
    assert record["footage"] == {"source": ["people.mp4"], "start": "2026-01-05T12:00:00.000Z", "duration_s": 60.0}
    (configuration,) = record["configurations"]
    assert configuration["alerts"][0]["captured_at"] == "2026-01-05T12:00:10.300Z"
    assert configuration["score"]["recall"] == 1.0
    assert configuration["score"]["delay_s"] == {"p50": 1.3, "max": 1.3}
    assert "changes" not in record


def test_two_configurations_are_held_against_each_other():
    a = result(raised(10.0), raised(40.0), price=Price(0.01, "x"))
    b = result(raised(12.0), raised(55.0), calls=30, price=Price(0.01, "x"))

    changes = backtest_record(["people.mp4"], [a, b])["changes"]

    assert [it["by_s"] for it in changes["moved"]] == [2.0]
    assert [it["raised_s"] for it in changes["only_a"]] == [40.0]
    assert [it["raised_s"] for it in changes["only_b"]] == [55.0]
    assert changes["model_calls"] == {"a": 40, "b": 30, "by": -10}
    assert changes["cost"] == {"a": 0.4, "b": 0.3, "by": -0.1}


def test_text_says_where_a_price_would_come_from():
    text = "\n".join(backtest_lines(backtest_record(["people.mp4"], [result()])))

    assert "no price known: set the group's budget.frame_price, or give --price-per-1000-calls" in text


def test_text_names_rules_that_were_never_armed():
    sleeping = replace(result(), never_armed=("by-night",))

    assert "no frame found armed: by-night" in "\n".join(backtest_lines(backtest_record(["a.mp4"], [sleeping])))


def test_text_lists_what_changes():
    record = backtest_record(["people.mp4"], [result(raised(10.0)), result(raised(12.0), raised(40.0), calls=30)])

    lines = list(backtest_lines(record))

    assert "From A to B: 0 alerts the same, 1 at another time, 0 gone, 1 new" in lines
    assert "  model calls  40 -> 30 (-10)" in lines
    assert "  +     40.0 s  high   lobby-1 person-at-door: person 0.87 in door" in lines
    assert "  ~     12.0 s  high   lobby-1 person-at-door: person 0.87 in door (+2.0 s)" in lines


def test_the_html_file_needs_nothing_from_outside():
    results = [result(raised(10.0, picture=b"\xff\xd8jpeg")), result(raised(40.0, picture=b"\xff\xd8other"))]
    html = html_report(backtest_record(["people.mp4"], results, [TrueEvent(9.0, 15.0)]), results)

    sources = re.findall(r'(?:src|href|srcset|action)\s*=\s*"([^"]*)"', html)
    assert len(sources) == 2
    assert all(source.startswith("data:image/jpeg;base64,") for source in sources)
    assert "http" not in re.sub(r"http-equiv", "", html)
    assert "url(" not in html
    assert "default-src 'none'" in html


def test_names_in_the_html_file_cannot_be_markup():
    results = [replace(result(raised(10.0, rule=HOSTILE, label=HOSTILE, zones=(HOSTILE,))), source=HOSTILE)]
    html = html_report(backtest_record([HOSTILE], results, [TrueEvent(9.0, 15.0, '" onload="x')]), results)

    assert "<script" not in html
    assert 'onload="x' not in html
    assert "&lt;script&gt;" in html


def test_a_picture_stands_in_the_html_file_once():
    results = [result(raised(10.0, picture=b"\xff\xd8jpeg")), result(raised(10.0, picture=b"\xff\xd8jpeg"))]

    assert html_report(backtest_record(["people.mp4"], results), results).count("data:image/jpeg") == 1
