"""What was armed and disarmed by command: it overrides the schedules for as long as it stands."""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, Field

from ommatid_jobs.operators.rules import ArmingOverride, CameraRules, RuleBook

FORGOTTEN_AFTER_US = 7 * 24 * 3600 * 1_000_000
"""How long an order that has ended is kept: frames that an outage held back are judged by what stood at their time."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ArmingOrder(_Part):
    """One command. Of several that concern a rule on a camera, the last given one counts.

    Attributes:
        armed: True to arm, False to disarm, None to do as the schedule says.
        from_us: Capture time from which it holds, microseconds since the epoch.
        until_us: Capture time at which it holds no more; None until another order.
        rules: Names of the rules that it concerns; none for all.
        groups: Names of the groups; none for all.
        cameras: Names of the cameras; none for all.
        by: Who gave it.
        comment: Why.
    """

    armed: bool | None
    from_us: int = Field(ge=0)
    until_us: int | None = None
    rules: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    cameras: tuple[str, ...] = ()
    by: str
    comment: str = ""

    @property
    def scope(self) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        """What it concerns; two orders of one scope concern the same."""
        return frozenset(self.rules), frozenset(self.groups), frozenset(self.cameras)

    def concerns(self, rule: str, camera: CameraRules) -> bool:
        """Whether it concerns a rule on a camera."""
        named = ((self.rules, rule), (self.groups, camera.group), (self.cameras, camera.camera_id))
        return all(not names or name in names for names, name in named)


class Arming(_Part):
    """All orders of a region, in the order in which they were given.

    Attributes:
        changed_at_us: When the last one was given, microseconds since the epoch; 0 for never.
        orders: Those that hold, will hold, or ended lately.
    """

    changed_at_us: int = 0
    orders: tuple[ArmingOrder, ...] = ()

    def standing(self, at_us: int) -> tuple[ArmingOrder, ...]:
        """Orders that have not ended, oldest first."""
        return tuple(order for order in self.orders if order.until_us is None or order.until_us > at_us)


NO_ORDERS = Arming()


def ordered(arming: Arming, order: ArmingOrder) -> Arming:
    """Give one more order; its beginning is taken for now.

    An order without an end makes earlier ones of its scope pointless, so they end where it begins.
    """
    earlier = arming.orders
    if order.until_us is None:
        earlier = tuple(_ended(it, order.from_us) if it.scope == order.scope else it for it in earlier)
    return Arming(
        changed_at_us=max(order.from_us, arming.changed_at_us + 1),
        orders=tuple(_remembered((*earlier, order), order.from_us)),
    )


def armed_by_command(book: RuleBook, arming: Arming) -> RuleBook:
    """The book with the orders in the rules that they concern."""
    if not arming.orders:
        return book
    cameras = {name: _armed_camera(camera, arming) for name, camera in book.cameras.items()}
    return book.model_copy(update={"cameras": cameras})


def _ended(order: ArmingOrder, at_us: int) -> ArmingOrder:
    until_us = at_us if order.until_us is None else min(order.until_us, at_us)
    return order.model_copy(update={"until_us": until_us})


def _remembered(orders: Iterable[ArmingOrder], now_us: int) -> list[ArmingOrder]:
    kept = [it for it in orders if it.until_us is None or it.until_us > now_us - FORGOTTEN_AFTER_US]
    # Back to the schedule, with nothing before it to go back from.
    while kept and kept[0].armed is None:
        del kept[0]
    return kept


def _armed_camera(camera: CameraRules, arming: Arming) -> CameraRules:
    rules = tuple(
        rule.model_copy(update={"overrides": tuple(_overrides(arming, rule.name, camera))}) for rule in camera.rules
    )
    return camera.model_copy(update={"rules": rules})


def _overrides(arming: Arming, rule: str, camera: CameraRules) -> Iterable[ArmingOverride]:
    for order in arming.orders:
        if order.concerns(rule, camera):
            yield ArmingOverride(armed=order.armed, from_us=order.from_us, until_us=order.until_us)
