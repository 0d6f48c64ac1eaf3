"""The startup script: what a cloud runs when a machine starts, rendered at home."""

from autoscaler.machine.startup.script import packed_script, render_startup, user_data
from autoscaler.machine.startup.secret import Secret
from autoscaler.machine.startup.spec import (
    AgentProgram,
    AzureLogin,
    Git,
    Login,
    Proxy,
    Registry,
    S3Login,
    StartupSpec,
    Storage,
    named_secrets,
)

__all__ = [
    "AgentProgram",
    "AzureLogin",
    "Git",
    "Login",
    "Proxy",
    "Registry",
    "S3Login",
    "Secret",
    "StartupSpec",
    "Storage",
    "named_secrets",
    "packed_script",
    "render_startup",
    "user_data",
]
