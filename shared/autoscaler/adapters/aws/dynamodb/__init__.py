"""The state table in Amazon DynamoDB."""

from autoscaler.adapters.aws.dynamodb.problems import CONFIG
from autoscaler.adapters.aws.dynamodb.state import DynamoState

__all__ = ["CONFIG", "DynamoState"]
