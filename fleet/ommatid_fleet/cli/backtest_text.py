"""A backtest as lines of text."""

from collections.abc import Iterator, Mapping
from typing import Any

from ommatid_fleet.backtest.report import Record


def backtest_lines(record: Record) -> Iterator[str]:
    """Lines about everything that ``backtest_record`` knows."""
    footage = record["footage"]
    yield f"{', '.join(footage['source'])}: {footage['duration_s']:.1f} s, as if from {footage['start']}"
    for name, configuration in zip("AB", record["configurations"], strict=False):
        yield ""
        yield f"{name}: {configuration['fleet']}"
        yield from _configuration(configuration)
    if "changes" in record:
        yield ""
        yield from _changes(record["changes"])


def _configuration(it: Record) -> Iterator[str]:
    frames = it["frames"]
    captured = "" if frames["captured"] is None else f"{frames['captured']} captured, "
    yield f"  frames       {captured}{_total(frames['published'])} published ({_counts(frames['published'])})"
    if frames["not_published"]:
        yield f"               not published: {_counts(frames['not_published'])}"
    if frames["dropped"]:
        yield f"               dropped by the sampler: {_counts(frames['dropped'])}"
    if frames["dead_letters"]:
        yield f"               dead letters: {_counts(frames['dead_letters'])}"
    memory = it["model_calls_from_memory"]
    remembered = f"; {memory} of them answered from the other run" if memory else ""
    yield f"  model calls  {it['model_calls']} ({_counts(frames['looked_at'])}){remembered}"
    yield f"  cost         {_cost(it['cost'])}"
    if "score" in it:
        yield f"  score        {_score(it['score'])}"
    held_back = f", held back by a limit: {_counts(it['alerts_held_back'])}" if it["alerts_held_back"] else ""
    yield f"  alerts       {it['alerts_raised']}{held_back}"
    if it["rules_never_armed"]:
        yield f"               no frame found armed: {', '.join(it['rules_never_armed'])}"
    yield from (f"    {_alert(alert)}" for alert in it["alerts"])


def _changes(changes: Record) -> Iterator[str]:
    yield (
        f"From A to B: {changes['same']} alerts the same, {len(changes['moved'])} at another time, "
        f"{len(changes['only_a'])} gone, {len(changes['only_b'])} new"
    )
    calls, cost = changes["model_calls"], changes["cost"]
    yield f"  model calls  {calls['a']} -> {calls['b']} ({calls['by']:+.0f})"
    if cost["by"] is not None:
        yield f"  cost         {cost['a']:.4f} -> {cost['b']:.4f} ({cost['by']:+.4f})"
    yield from (f"  - {_alert(alert)}" for alert in changes["only_a"])
    yield from (f"  + {_alert(alert)}" for alert in changes["only_b"])
    yield from (f"  ~ {_alert(moved['b'])} ({moved['by_s']:+.1f} s)" for moved in changes["moved"])


def _alert(it: Record) -> str:
    zones = f" in {', '.join(it['zones'])}" if it["zones"] else ""
    kind = "" if it["type"] == "new" else f" [{it['type']}]"
    return (
        f"{it['raised_s']:8.1f} s  {it['severity']:<6} {it['camera']} {it['rule']}: {it['label']} {it['score']:.2f}"
        f"{zones}{kind}"
    )


def _cost(it: Record) -> str:
    paid = it["paid_to_vision_models"]
    spent = "" if paid is None else f"; {paid:.4f} paid to vision models in this run"
    if it["total"] is None:
        return f"no price known: set the group's budget.frame_price, or give --price-per-1000-calls{spent}"
    hourly = it["per_camera_hour"]
    per_hour = "" if hourly is None else f", {hourly:.4f} per camera and hour"
    return f"{it['total']:.4f} at {it['price_per_1000_calls']:g} per 1000 calls ({it['price_source']}){per_hour}{spent}"


def _score(it: Record) -> str:
    recall = "" if it["recall"] is None else f"recall {it['recall']:.3f}, "
    delay = it["delay_s"]
    found = f"; delay median {delay['p50']:.2f} s, longest {delay['max']:.2f} s" if delay else ""
    hourly = "" if it["false_alerts_per_hour"] is None else f" ({it['false_alerts_per_hour']:.2f} per hour)"
    return f"{recall}{it['found']} of {it['events']} events found; {it['false_alerts']} false alerts{hourly}{found}"


def _counts(by: Mapping[str, Any]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in by.items()) or "none"


def _total(by: Mapping[str, int]) -> int:
    return sum(by.values())
