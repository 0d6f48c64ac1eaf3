"""`autoscaler plan`: what the next tick would do."""

from autoscaler.cli.options import CONFIG, ConfigFile, Host, Json, Place, Project, Stage


def plan(
    config: ConfigFile = CONFIG,
    host: Host = Place.LOCAL,
    stage: Stage = "",
    project: Project = "",
    json_output: Json = False,
) -> None:
    """Show what the next tick would start and drain, and why not more. Nothing is changed.

    Reads ClearML, the machines and the state table as a tick does.
    """
    from autoscaler.cli.failures import asking
    from autoscaler.cli.reports.plan import planned
    from autoscaler.cli.terminal import emit, show, waiting
    from autoscaler.cli.where import deployed
    from autoscaler.errors import CredentialsError, UnavailableError

    where = deployed(config, host, stage, project)
    with waiting("looks …", quiet=json_output), asking(where.config.clearml):
        seen, decided = where.preview()
        if seen.clearml_problem is not None:
            refused = seen.credentials_refused
            raise (CredentialsError if refused else UnavailableError)(seen.clearml_problem)
    told = planned(seen, decided)
    if json_output:
        emit(told.model_dump(mode="json"))
        return
    from autoscaler.cli.render.plan import plan as rendered

    show(rendered(told))
