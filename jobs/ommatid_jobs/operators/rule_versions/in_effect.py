"""The rules that a job judges by: those that were applied last, with what was armed and disarmed by command."""

from dataclasses import dataclass, replace

from ommatid_jobs.operators.rule_versions.arming_orders import NO_ORDERS, Arming, armed_by_command
from ommatid_jobs.operators.rule_versions.version import RulesVersion
from ommatid_jobs.operators.rules import RuleBook


@dataclass(frozen=True, slots=True)
class RulesInEffect:
    """Rules and orders of one region."""

    version: RulesVersion
    arming: Arming = NO_ORDERS

    @property
    def book(self) -> RuleBook:
        """The rules as they are evaluated. It is made anew each time: keep it."""
        return armed_by_command(self.version.book, self.arming)

    def after(self, news: RulesVersion | Arming) -> "RulesInEffect":
        """Take what a record says, unless something newer is in effect; then it is this same object.

        The order in which records come does not matter, nor how often each comes.
        """
        if isinstance(news, Arming):
            return replace(self, arming=news) if news.changed_at_us > self.arming.changed_at_us else self
        return replace(self, version=news) if news.applied_at_us > self.version.applied_at_us else self
