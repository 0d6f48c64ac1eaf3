"""AWS's list prices that a control plane meets, and what is free in every account for ever.

us-east-1, US dollars: lambda, dynamodb, sns, sqs, cloudwatch. Public copies of AWS's list agree on
them, and on what is free (compared in November 2026; AWS's own pages were not read).
eu-central-1 asks up to a fifth more for tables and logs. Free tiers that end after twelve months,
or are credits of new accounts, are left out.
"""

from collections.abc import Mapping
from typing import Final

MILLION: Final = 1_000_000
MINUTES: Final = 43_800  # of a month of 730 hours

LIST: Final[Mapping[str, float]] = {
    "lambda requests": 0.20 / MILLION,
    "lambda GB-seconds": 13.3334 / MILLION,  # arm64
    "dynamodb reads": 0.125 / MILLION,  # request units, on demand
    "dynamodb writes": 0.625 / MILLION,
    "sns requests": 0.50 / MILLION,
    "sqs requests": 0.40 / MILLION,
    "log GB": 0.50,
}

# The whole account's, not a deployment's; requests of a table that is paid by request have none.
FREE: Final[Mapping[str, float]] = {
    "lambda requests": 1 * MILLION,
    "lambda GB-seconds": 400_000,
    "sns requests": 1 * MILLION,
    "sqs requests": 1 * MILLION,
    "log GB": 5,
}

# Lambda's pollers ask an idle queue by five long polls of 20 seconds: it is told of by AWS's blog
# (five parallel connections), and seen by others as 15 empty receives a minute. Not measured here.
IDLE_RECEIVES: Final = 5 * 60 // 20


def priced(used: Mapping[str, float], *, free: bool) -> dict[str, float]:
    """Dollars of each; `free`: as if nothing else in the account used the free amounts."""
    return {
        name: max(0.0, amount - (FREE.get(name, 0) if free else 0)) * LIST[name]
        for name, amount in used.items()
    }
