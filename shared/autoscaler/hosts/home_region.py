"""The region of AWS that counts where none is written."""

import os


def home_region() -> str:
    """As AWS's own tools find it, "" when nothing says so."""
    said = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if said:
        return said
    from autoscaler.adapters.aws.clients import Clients

    return Clients().region
