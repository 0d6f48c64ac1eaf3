"""What the deployment to AWS tells its functions."""

from pydantic import Field

from autoscaler.hosts.functions.settings import FunctionSettings


class Settings(FunctionSettings):
    """`dead_letters` are URLs of queues with spaces between them."""

    table: str = Field(min_length=1)
    topic_arn: str = ""
    alerts_arn: str = ""
    dead_letters: str = ""
