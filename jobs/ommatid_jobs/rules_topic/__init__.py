"""The topic of a region's rules: what it holds, and how it is written without overwriting what somebody else wrote."""

from ommatid_jobs.rules_topic.applying import Application, Applied, apply_rules, give_order
from ommatid_jobs.rules_topic.author import author_name
from ommatid_jobs.rules_topic.contents import TopicContents, contents_of
from ommatid_jobs.rules_topic.errors import RulesChanged, RulesNotWritten, RulesUnreadable
from ommatid_jobs.rules_topic.topic import RulesTopic

__all__ = [
    "Application",
    "Applied",
    "RulesChanged",
    "RulesNotWritten",
    "RulesTopic",
    "RulesUnreadable",
    "TopicContents",
    "apply_rules",
    "author_name",
    "contents_of",
    "give_order",
]
