"""No account can do more than its code asks for."""

import re

import pytest

from tests.infra.gcp.planned import PROJECT, Grant, Plan
from tests.infra.gcp.schema import ROOT

FUNCTIONS = ("poller", "launcher", "reaper", "watcher")
MACHINES = (
    f"projects/{PROJECT}/serviceAccounts/cas-team-machines@{PROJECT}.iam.gserviceaccount.com"
)
DATABASE = f'resource.name == "projects/{PROJECT}/databases/clearml-autoscaler-team"'


@pytest.fixture(scope="module")
def grants(plan: Plan) -> list[Grant]:
    return list(plan.grants())


def of(grants: list[Grant], who: str) -> list[Grant]:
    return [one for one in grants if one.who == f"cas-team-{who}"]


def test_each_function_is_an_account_of_its_own(plan: Plan) -> None:
    used = {
        one["name"]: one["service_config"][0]["service_account_email"].partition("@")[0]
        for one in plan.of("google_cloudfunctions2_function").values()
    }
    assert used == {f"clearml-autoscaler-team-{one}": f"cas-team-{one}" for one in FUNCTIONS}


def test_no_role_of_googles_is_given_on_a_whole_project_but_to_read_sources_and_write_logs(
    grants: list[Grant],
) -> None:
    whole = {(one.who, one.role) for one in grants if one.on.startswith("project ")}
    assert {each for each in whole if each[1].startswith("roles/")} == {
        ("cas-team-builder", "roles/logging.logWriter"),
        ("cas-team-builder", "roles/storage.objectViewer"),
        ("workers", "roles/logging.logWriter"),
    }
    (sources,) = (one for one in of(grants, "builder") if "sources" in one.condition)
    assert "buckets/gcf-v2-sources-" in sources.condition


def test_the_table_is_written_by_all_and_cleared_by_the_poller_only(grants: list[Grant]) -> None:
    verbs = {"create", "get", "list", "update"}
    for function in FUNCTIONS:
        (one,) = (
            each
            for each in of(grants, function)
            if any(permission.startswith("datastore.") for permission in each.permissions)
        )
        wanted = verbs | ({"delete"} if function == "poller" else set())
        assert one.permissions == {f"datastore.entities.{verb}" for verb in wanted}
        assert one.condition == DATABASE


def test_machines_are_started_by_the_launcher_and_ended_by_the_reaper(
    grants: list[Grant],
) -> None:
    def may(permission: str) -> set[str]:
        return {
            one.who.removeprefix("cas-team-") for one in grants if permission in one.permissions
        }

    assert may("compute.instances.create") == {"launcher"}
    assert may("compute.instances.setServiceAccount") == {"launcher"}
    assert may("compute.instances.delete") == {"reaper"}
    assert may("compute.instances.list") == {"poller", "launcher", "reaper"}
    assert may("compute.instances.setMetadata") == {"launcher", "reaper"}


def test_whoever_starts_or_ends_machines_reaches_none_but_those_named_like_ours(
    grants: list[Grant],
) -> None:
    looking = {"get", "list"}
    for one in grants:
        acting = [each for each in one.permissions if each.startswith("compute.instances.")]
        if any(each.rpartition(".")[2] not in looking for each in acting):
            assert one.condition == (
                'resource.type != "compute.googleapis.com/Instance" || '
                'resource.name.extract("/instances/{name}").startsWith("clearml-")'
            )


def test_rights_over_machines_are_given_where_the_configuration_has_machines(
    grants: list[Grant],
) -> None:
    for function, roles in (("poller", 1), ("launcher", 2), ("reaper", 2)):
        places = [
            one.on
            for one in of(grants, function)
            if any(each.startswith("compute.") for each in one.permissions)
        ]
        assert sorted(places) == sorted([f"project {PROJECT}", "project other-project"] * roles)
    assert not [one for one in grants if "a-customers-project" in one.on and "iam" not in one.on]


def test_functions_can_be_only_the_machines_accounts_and_those_that_the_configuration_names(
    grants: list[Grant],
) -> None:
    as_machines = {
        (one.who, one.on) for one in grants if one.role == "roles/iam.serviceAccountUser"
    }
    theirs = "projects/-/serviceAccounts/workers@other-project.iam.gserviceaccount.com"
    assert as_machines == {
        (f"cas-team-{function}", account)
        for function in ("launcher", "reaper")
        for account in (MACHINES, theirs)
    }
    tokens = {
        (one.who, one.on.rpartition("/")[2])
        for one in grants
        if one.role == "roles/iam.serviceAccountTokenCreator"
    }
    foreign = "autoscaler@a-customers-project.iam.gserviceaccount.com"
    assert tokens == {
        *((f"cas-team-{one}", foreign) for one in ("poller", "launcher", "reaper")),
        ("service-123456789012", f"cas-team-pusher@{PROJECT}.iam.gserviceaccount.com"),
    }


def test_secrets_are_read_by_who_needs_them_one_by_one(plan: Plan) -> None:
    read = {
        (one["member"].partition(":")[2].partition("@")[0], one["project"], one["secret_id"])
        for one in plan.of("google_secret_manager_secret_iam_member").values()
    }
    assert read == {
        ("cas-team-poller", PROJECT, "clearml-login"),
        ("cas-team-reaper", PROJECT, "clearml-login"),
        ("cas-team-poller", "shared-secrets", "chat"),
        ("cas-team-reaper", "shared-secrets", "chat"),
        ("cas-team-machines", PROJECT, "clearml-agents"),
        ("cas-team-machines", PROJECT, "git"),
        ("workers", "other-project", "clearml-agents"),
        ("workers", "other-project", "git"),
    }


def test_machines_read_their_secrets_and_can_do_nothing_else(grants: list[Grant]) -> None:
    assert {one.role for one in of(grants, "machines")} == {"roles/secretmanager.secretAccessor"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_account_may_what_the_functions_page_marks_for_it(
    grants: list[Grant], function: str
) -> None:
    page = (ROOT / "functions" / "README.md").read_text()
    section = page.partition("## What each function on Google Cloud needs")[2]
    rows = marked(section.partition("### Permissions")[2], function)
    assert set(rows["Pub/Sub: publish"].split(", ")) - {""} == published(grants, function)
    given = {each for one in of(grants, function) for each in one.permissions}
    roles = {one.role for one in of(grants, function)}
    for row, does in (
        ("Firestore: read and write", "datastore.entities.update" in given),
        ("Firestore: remove", "datastore.entities.delete" in given),
        ("Secret Manager: access", "roles/secretmanager.secretAccessor" in roles),
        ("Compute Engine: list", "compute.instances.list" in given),
        ("Compute Engine: insert", "compute.instances.create" in given),
        ("Compute Engine: get", "compute.instances.delete" in given),
        ("act as the machines' account", "roles/iam.serviceAccountUser" in roles),
    ):
        found = [cell for about, cell in rows.items() if row in about]
        assert ("x" in found) == does, row


def marked(section: str, function: str) -> dict[str, str]:
    """What stands in its column, by the beginning of each row."""
    rows = [row.strip("|").split("|") for row in section.splitlines() if row.startswith("|")]
    column = [name.strip() for name in rows[0]].index(function)
    return {row[0].strip(): row[column].strip() for row in rows[2:]}


def published(grants: list[Grant], function: str) -> set[str]:
    return {
        one.on.removeprefix("clearml-autoscaler-team-")
        for one in of(grants, function)
        if one.role == "roles/pubsub.publisher"
    }


def test_functions_publish_to_the_topics_that_they_have_to(grants: list[Grant]) -> None:
    assert {one: published(grants, one) for one in FUNCTIONS} == {
        "poller": {"launch", "reap", "alerts"},
        "launcher": {"launch"},
        "reaper": set(),
        "watcher": {"poke", "alerts"},
    }


def test_only_pubsub_and_the_schedule_may_call_functions(grants: list[Grant]) -> None:
    callers = {(one.who, one.on) for one in grants if one.role == "roles/run.invoker"}
    assert callers == {
        ("cas-team-ticker", "clearml-autoscaler-team-poller"),
        *(("cas-team-pusher", f"clearml-autoscaler-team-{one}") for one in FUNCTIONS),
    }
    for who in ("ticker", "pusher"):
        assert {one.role for one in of(grants, who)} == {"roles/run.invoker"}


def test_no_role_of_ours_has_a_pattern(plan: Plan) -> None:
    for one in plan.of("google_project_iam_custom_role").values():
        assert not [each for each in one["permissions"] if "*" in each]
        assert re.fullmatch(r"[a-zA-Z0-9_.]{3,64}", one["role_id"])


def test_names_are_short_enough_for_the_longest_deployment(plan: Plan) -> None:
    longer = len("a-deployment-of17") - len("team")
    for one in plan.of("google_service_account").values():
        assert len(one["account_id"]) + longer <= 30
    for one in plan.of("google_cloudfunctions2_function").values():
        assert len(one["name"]) + longer < 50  # of Cloud Run's services


@pytest.mark.parametrize(
    ("function", "rows"),
    [
        ("poller", ["looking"]),
        ("launcher", ["looking", "starting"]),
        ("reaper", ["looking", "draining and ending", "reading consoles"]),
    ],
)
def test_a_function_may_do_with_machines_what_the_page_about_them_lists(
    grants: list[Grant], function: str, rows: list[str]
) -> None:
    page = (ROOT / "docs" / "gce.md").read_text().partition("## What the caller may do")[2]
    wanted = {each for row in rows for each in permissions(page.partition("\n## ")[0], row)}
    given = {each for one in of(grants, function) for each in one.permissions}
    assert {each for each in given if each.startswith("compute.")} == wanted


def permissions(table: str, row: str) -> set[str]:
    """Those of a row: `.list` after `compute.instances.get` is of instances, too."""
    (cell,) = re.findall(rf"^\| {row} \| (.*) \|$", table, re.MULTILINE)
    found: set[str] = set()
    resource = ""
    for word in re.findall(r"`([\w.]+)`", cell):
        resource = resource if word.startswith(".") else word.rpartition(".")[0]
        found.add(f"{resource}{word}" if word.startswith(".") else word)
    return {one for one in found if one.startswith("compute.")}
