"""All queues of a server, for a person to choose from."""

from autoscaler.adapters.clearml import ClearmlClient, ClearmlQueues
from autoscaler.world.server import StandIn


def test_all_names_are_listed_but_those_of_hidden_queues(
    client: ClearmlClient, standin: StandIn
) -> None:
    standin.world.queues.create("gpu")
    standin.world.queues.create("glue", system_tags=["k8s-glue"])

    assert set(ClearmlQueues(client).names()) == {"default", "gpu"}
