"""`autoscaler prices …`: what machines cost."""

from typing import TYPE_CHECKING

from autoscaler.cli.options import CONFIG, ConfigFile, Host, Json, Place, Project, Stage

if TYPE_CHECKING:
    from autoscaler.cli.reports.prices import PriceReport
    from autoscaler.hosts.deployed import Deployed


def show(
    config: ConfigFile = CONFIG,
    host: Host = Place.LOCAL,
    stage: Stage = "",
    project: Project = "",
    json_output: Json = False,
) -> None:
    """Show what each way to buy a machine costs, and who says so.

    What you wrote (hourly_price) counts first, then what was looked up, then a list that comes
    with the autoscaler. A spot machine without a price of its own counts as one on demand.
    """
    from autoscaler.cli.where import deployed

    _told(_report(deployed(config, host, stage, project)), json_output=json_output)


def refresh(
    config: ConfigFile = CONFIG,
    host: Host = Place.LOCAL,
    stage: Stage = "",
    project: Project = "",
    json_output: Json = False,
) -> None:
    """Look up what the configuration's machines cost now, and keep it in the state table.

    Asks AWS as whoever runs this: pricing:GetProducts and ec2:DescribeSpotPriceHistory. Google's
    are not looked up: write hourly_price, where the shipped list has none. `up` counts with the
    new prices from its next start, functions from their next invocation.
    """
    from autoscaler.cli.terminal import err
    from autoscaler.cli.where import deployed
    from autoscaler.hosts.prices import refreshable, refresher, sought

    where = deployed(config, host, stage, project)
    wanted = refreshable(sought(where.config))
    if wanted:
        for step in refresher(where.config, where.state, where.clock)(wanted):
            if not json_output:
                price = "not sold there" if step.on_demand is None else f"{step.on_demand:g}"
                bid = f", spot {step.spot:g}" if step.spot is not None else ""
                err().print(f"✓ {step.place} {step.type}: {price}{bid}", soft_wrap=True)
    _told(_report(where), json_output=json_output)


def _report(where: "Deployed") -> "PriceReport":
    from autoscaler.cli.reports.prices import price_report
    from autoscaler.hosts.prices import lists, sought

    wanted = sought(where.config)
    known = lists(wanted, where.table_if_any)
    return price_report(where.config.deployment(), wanted, known, where.clock.now())


def _told(report: "PriceReport", *, json_output: bool) -> None:
    from autoscaler.cli.terminal import emit
    from autoscaler.cli.terminal import show as print_

    if json_output:
        emit(report.model_dump(mode="json"))
        return
    from autoscaler.cli.render.prices import prices

    print_(prices(report))
