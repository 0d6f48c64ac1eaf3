"""Nothing that is told gets lost, a person hears of it, and each message finds its function."""

import json
import re
from datetime import UTC, datetime

import pytest

from autoscaler.adapters.gcp.events import cloud_events
from autoscaler.adapters.gcp.logs import Entries
from autoscaler.adapters.local.notify import LogNotifier
from autoscaler.core.notices import Notice
from autoscaler.hosts.gcp import TIMING
from autoscaler.hosts.gcp_settings import Settings
from tests.infra.gcp.planned import PROJECT, Plan, Values

PREFIX = "clearml-autoscaler-team"
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
DEAD = f"projects/{PROJECT}/topics/{PREFIX}-dead"
ROUTES = {
    "poke": "poller",
    "launch": "launcher",
    "reap": "reaper",
    "events": "watcher",
    "dead": "watcher",
}


@pytest.fixture(scope="module")
def subscriptions(plan: Plan) -> dict[str, Values]:
    found = plan.of("google_pubsub_subscription").values()
    return {one["name"].removeprefix(f"{PREFIX}-"): one for one in found}


@pytest.fixture(scope="module")
def functions(plan: Plan) -> dict[str, Values]:
    found = plan.of("google_cloudfunctions2_function").values()
    return {one["name"].removeprefix(f"{PREFIX}-"): one["service_config"][0] for one in found}


def test_there_is_a_topic_for_each_kind_of_message(plan: Plan) -> None:
    topics = {one["name"] for one in plan.of("google_pubsub_topic").values()}
    assert topics == {f"{PREFIX}-{kind}" for kind in (*ROUTES, "alerts")}


@pytest.mark.parametrize(("kind", "function"), ROUTES.items())
def test_a_message_is_pushed_to_its_function_by_who_may_call_it(
    subscriptions: dict[str, Values], functions: dict[str, Values], kind: str, function: str
) -> None:
    one = subscriptions[kind]
    assert one["topic"] == f"projects/{PROJECT}/topics/{PREFIX}-{kind}"
    (push,) = one["push_config"]
    (token,) = push["oidc_token"]
    assert push["push_endpoint"] == token["audience"] == functions[function]["uri"]
    assert token["service_account_email"] == f"cas-team-pusher@{PROJECT}.iam.gserviceaccount.com"
    assert push["no_wrapper"] == []


@pytest.mark.parametrize("kind", ROUTES)
def test_pubsub_waits_as_long_as_a_function_may_run_and_tries_again_more_and_more_slowly(
    subscriptions: dict[str, Values], functions: dict[str, Values], kind: str
) -> None:
    one = subscriptions[kind]
    assert one["ack_deadline_seconds"] >= functions[ROUTES[kind]]["timeout_seconds"] + 10
    (retry,) = one["retry_policy"]
    assert (retry["minimum_backoff"], retry["maximum_backoff"]) == ("10s", "600s")


def test_what_fails_five_times_is_kept_and_what_tells_of_it_does_not_go_in_a_circle(
    subscriptions: dict[str, Values], plan: Plan
) -> None:
    for kind in ROUTES:
        policy = subscriptions[kind]["dead_letter_policy"]
        if kind == "dead":
            assert policy == []
        else:
            assert policy == [{"dead_letter_topic": DEAD, "max_delivery_attempts": 5}]
    kept = subscriptions["dead-letters"]
    assert (kept["topic"], kept["push_config"]) == (DEAD, [])
    assert kept["message_retention_duration"] == f"{31 * 24 * 3600}s"
    agent = "service-123456789012"
    granted = {(one.role, one.on) for one in plan.grants() if one.who == agent}
    assert granted >= {
        ("roles/pubsub.publisher", f"{PREFIX}-dead"),
        *(("roles/pubsub.subscriber", f"{PREFIX}-{kind}") for kind in ROUTES if kind != "dead"),
    }


def test_no_subscription_is_given_up_though_nothing_comes_for_a_month(
    subscriptions: dict[str, Values],
) -> None:
    assert set(subscriptions) == {*ROUTES, "dead-letters"}
    for one in subscriptions.values():
        assert one["expiration_policy"] == [{"ttl": ""}]


def test_the_schedule_comes_every_minute_and_a_late_tick_is_not_made_up_for(
    plan: Plan, functions: dict[str, Values]
) -> None:
    (job,) = plan.of("google_cloud_scheduler_job").values()
    assert (job["name"], job["schedule"]) == (f"{PREFIX}-tick", "* * * * *")
    assert job["retry_config"][0]["retry_count"] == 0
    (target,) = job["http_target"]
    (token,) = target["oidc_token"]
    assert target["http_method"] == "POST"
    assert target["uri"] == token["audience"] == functions["poller"]["uri"]
    assert token["service_account_email"].startswith("cas-team-ticker@")
    assert int(job["attempt_deadline"].rstrip("s")) > functions["poller"]["timeout_seconds"]


def test_an_attempt_is_claimed_for_longer_than_a_launcher_can_live(
    functions: dict[str, Values],
) -> None:
    assert TIMING.claim.total_seconds() == functions["launcher"]["timeout_seconds"] + 15


def test_functions_are_told_what_their_settings_ask_for(functions: dict[str, Values]) -> None:
    for one in functions.values():
        told = {**one["environment_variables"]}
        assert told.pop("LOG_EXECUTION_ID") == "true"
        assert set(told) <= {name.upper() for name in Settings.model_fields}
        read = Settings.read(told)
        assert read.google_cloud_project == PROJECT
        assert read.database == read.prefix == PREFIX
        assert read.alerts == f"{PREFIX}-alerts"


def test_a_function_takes_one_message_at_a_time_and_costs_nothing_without_any(
    functions: dict[str, Values],
) -> None:
    for one in functions.values():
        assert one["max_instance_request_concurrency"] == 1
        assert one["min_instance_count"] == 0
        assert 1 < one["max_instance_count"] <= 5


VERBS = (
    "baremetalCaretakerPreempted", "delete", "guestTerminate", "hostError", "insert", "preempted",
    "reset", "setMetadata", "start", "stop", "suspend", "terminateOnHostMaintenance",
    "automaticRestart", "migrateOnHostMaintenance",
)  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_the_sink_takes_what_the_watcher_makes_something_of_and_nothing_else(
    plan: Plan, verb: str
) -> None:
    name = f"projects/{PROJECT}/zones/europe-west4-a/instances/clearml-01jx-1-0-5f3a9c0b71de"
    entry = {
        "timestamp": "2026-01-31T12:00:00Z",
        "protoPayload": {
            "serviceName": "compute.googleapis.com",
            "methodName": f"v1.compute.instances.{verb}",
            "resourceName": name,
        },
    }
    for sink in plan.of("google_logging_project_sink").values():
        assert taken(sink["filter"], entry["protoPayload"]) == bool(list(cloud_events(entry)))


def taken(wanted: str, payload: object) -> bool:
    """Whether the filter's expressions about the payload match."""
    assert isinstance(payload, dict)
    tests = re.findall(r'protoPayload\.(\w+)(=~|=)"(.*)"$', wanted, re.MULTILINE)
    assert len(tests) == 3
    return all(
        re.search(value, payload[field]) if how == "=~" else payload[field] == value
        for field, how, value in tests
    )


def test_the_sink_takes_no_machine_that_is_named_otherwise(plan: Plan) -> None:
    payload = {
        "serviceName": "compute.googleapis.com",
        "methodName": "v1.compute.instances.delete",
        "resourceName": f"projects/{PROJECT}/zones/europe-west4-a/instances/clearml-server",
    }
    for sink in plan.of("google_logging_project_sink").values():
        assert not taken(sink["filter"], payload)
        assert sink["destination"] == f"pubsub.googleapis.com/{DEAD.replace('-dead', '-events')}"
        assert sink["unique_writer_identity"] is True


def test_there_is_a_sink_where_machines_are_and_it_may_publish(plan: Plan) -> None:
    sinks = plan.of("google_logging_project_sink").values()
    assert {one["project"] for one in sinks} == {PROJECT, "other-project"}
    writers = {one["writer_identity"].partition(":")[2].partition("@")[0] for one in sinks}
    allowed = {one.who for one in plan.grants() if one.on == f"{PREFIX}-events"}
    assert writers <= allowed


def test_people_hear_of_dead_letters_of_silence_and_of_failing_ticks(plan: Plan) -> None:
    policies = plan.of("google_monitoring_alert_policy")
    dead = policies["dead_letters"]["conditions"][0]["condition_threshold"][0]
    assert f'subscription_id = "{PREFIX}-dead-letters"' in dead["filter"]
    assert (dead["threshold_value"], dead["comparison"]) == (0, "COMPARISON_GT")
    silent = policies["poller_silent"]["conditions"][0]["condition_absent"][0]
    failing = policies["poller_errors"]["conditions"][0]["condition_threshold"][0]
    for one in (silent, failing):
        assert f'service_name = "{PREFIX}-poller"' in one["filter"]
    assert silent["duration"] == "600s"


def test_a_notice_is_found_in_the_log_and_mailed_with_its_words(
    plan: Plan, caplog: pytest.LogCaptureFixture
) -> None:
    LogNotifier().notify(
        [Notice(kind="dead-letter", key="k", subject="", text="it failed", at=NOW)]
    )
    (record,) = caplog.records
    written = json.loads(Entries().format(record))
    policy = plan.of("google_monitoring_alert_policy")["notices"]
    wanted = policy["conditions"][0]["condition_matched_log"][0]
    assert f'jsonPayload.message="{written["message"]}"' in wanted["filter"]
    for label, extracted in wanted["label_extractors"].items():
        assert label in written
        assert extracted == f"EXTRACT(jsonPayload.{label})"
        assert f"${{log.extracted_label.{label}}}" in policy["documentation"][0]["content"]
