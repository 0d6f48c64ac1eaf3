"""EC2 as boto3 sees it: tokens, limits, lags, shortages; a test says what goes wrong."""

from tests.adapters.aws.fake_ec2.cloud import Cloud, Trouble
from tests.adapters.aws.fake_ec2.server import FakeAws

__all__ = ["Cloud", "FakeAws", "Trouble"]
