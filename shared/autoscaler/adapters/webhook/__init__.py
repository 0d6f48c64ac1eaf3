"""Notices to a chat's incoming webhook."""

from autoscaler.adapters.webhook.notify import WebhookNotifier

__all__ = ["WebhookNotifier"]
