"""A resource of ClearML's autoscalers as one of ours."""

import re
from collections.abc import Mapping

from autoscaler.config.fields import NAME_PATTERN, slug
from autoscaler.config.importing import resources_aws, resources_gcp
from autoscaler.config.importing.result import Result, Tree
from autoscaler.config.importing.source import Form, Said, Serves
from autoscaler.config.importing.values import whole

_GENERAL = {"resource_name", "queue_name", "max_instances"}
_OF = {
    "ec2": (resources_aws.of_ec2, resources_aws.KNOWN | _GENERAL),
    "gce": (resources_gcp.of_gce, resources_gcp.KNOWN | _GENERAL),
}


def resources(form: Form, result: Result) -> list[Tree]:
    """One for each that serves a queue, in the order of their queues and preferences."""
    served: dict[str, list[Serves]] = {}
    for serves in form.queues:
        served.setdefault(serves.resource, []).append(serves)
    for label in (label for label in form.resources if label not in served):
        origin = form.resources[label]["resource_name"].origin
        result.tell(Said(None, origin), "no queue uses it: it is left out")
    names: set[str] = set()
    trees = []
    for label, all_ in served.items():
        said = form.resources.get(label)
        if said is None:
            result.tell(all_[0].most, "names a resource that is not there: it is left out")
            continue
        trees.append(_resource(result, said, all_, names, form.general))
    return trees


def _resource(
    result: Result,
    said: Mapping[str, Said],
    served: list[Serves],
    names: set[str],
    general: Mapping[str, Said],
) -> Tree:
    tree: Tree = {}
    result.put(tree, "name", _name(result, said["resource_name"], names))
    tree["provider"] = provider = "gce" if result.on_google else "ec2"
    tree["queues"] = [each.queue for each in served]
    _limit(result, tree, served)
    fill, known = _OF[provider]
    fill(result, tree, said, general)
    for key in (key for key in said if key not in known):
        result.tell(said[key], "unknown here: nothing of it was taken over")
    return tree


def _name(result: Result, said: Said, names: set[str]) -> Said:
    written = str(said.value)
    name = written if re.fullmatch(NAME_PATTERN, written) else slug(written) or "resource"
    while name in names:
        name = f"{name[:37]}-{len(names) + 1}"
    names.add(name)
    if name != written:
        result.tell(said, f"is called {name} here: tags are made of names")
    return Said(name, said.origin)


def _limit(result: Result, tree: Tree, served: list[Serves]) -> None:
    """Several queues share one limit here: the highest that is written."""
    try:
        most = max(served, key=lambda each: whole(each.most.value)).most
    except ValueError:
        most = served[0].most
    result.take(tree, "max_instances", most, whole)
    if len(served) > 1:
        result.tell(most, "serves several queues: they share its max_instances")
