"""What the deployment to Google Cloud tells its functions."""

from pydantic import Field

from autoscaler.hosts.functions.settings import FunctionSettings


class Settings(FunctionSettings):
    """`database`: of Firestore. `prefix`: begins the names of the deployment's topics.

    `alerts` is the topic that people subscribe to: its name, in full if another project has it
    (projects/P/topics/T). Without it notices are only logged.
    """

    google_cloud_project: str = Field(min_length=1)
    database: str = Field(min_length=1)
    prefix: str = Field(min_length=1)
    alerts: str = ""

    @property
    def alerts_topic(self) -> str:
        """In full."""
        if "/" in self.alerts:
            return self.alerts
        return f"projects/{self.google_cloud_project}/topics/{self.alerts}"
