"""Webhooks by the Standard Webhooks convention: sender, and a receiver for demonstrations and tests."""

from ommatid_connectors.delivery_outcome import Accepted, Outcome, Refused, Retriable
from ommatid_connectors.webhook.receiver import Answer, Received, WebhookReceiver
from ommatid_connectors.webhook.sender import Send, Timeouts, WebhookSender
from ommatid_connectors.webhook.signing import Signer, new_secret

__all__ = [
    "Accepted",
    "Answer",
    "Outcome",
    "Received",
    "Refused",
    "Retriable",
    "Send",
    "Signer",
    "Timeouts",
    "WebhookReceiver",
    "WebhookSender",
    "new_secret",
]
