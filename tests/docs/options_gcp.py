"""Each option of ClearML's GCP autoscaler app, and what answers it here."""

from tests.docs.options import Answer, Page, unsupported

HEAD = """\
# Options of ClearML's GCP autoscaler

Each option of the GCP app in ClearML's web page (as of July 2026), the key that answers it here
([configuration.md](configuration.md) has them all), and the test that shows it. Keys below
`machine` and `gcp` may stand at the top, at an autoscaler or at a resource; the narrowest counts.
This page is made by `python -m tests.docs`.

| option | key | remark | test |
|---|---|---|---|
"""
RESOURCE = "autoscalers.resources.gce"
GCE = "adapters/gcp/compute_engine"
WISH = f"{GCE}/test_request.py::test_a_wish_in_its_place"
TOLD = f"{GCE}/test_told.py::test_what_a_machine_does_is_told_to_it_without_a_secret"
STORIES = f"{GCE}/test_stories.py"

OPTIONS = (
    "Import / export configuration",
    "Project ID",
    "Zone",
    "Use full subnet path, subnet full path, subnet name",
    "GCP credentials",
    "Git user and password",
    "Max idle time",
    "Spin down instances on shutdown",
    "Workers prefix",
    "Polling interval",
    "Use docker mode",
    "Base docker image",
    "Resource name",
    "Machine type",
    "Run in CPU mode",
    "GPU type",
    "Use preemptible instance",
    "Provision model",
    "Regular instance rollback",
    "Regular instance rollback timeout",
    "Preemptible instance blackout period",
    "Max number of instances",
    "Monitored queue",
    "Machine image",
    "Disk size",
    "Use default service account, service account email",
    "Service account scopes",
    "Metadata",
    "Global metadata",
    "Autoscaler instance name",
    "Apply task owner vault configuration",
    "Warn if more than one instance executes the same task",
    "Exclude .bashrc script",
    "Ignore vault parsing errors",
    "Init script",
    "Additional ClearML configuration",
    "Run with service account",
    "Launch-form overrides",
    "Vault section auto_scaler.v1.gcp",
    "Resource pool queues",
)
ANSWERS = (
    Answer(
        "Import / export configuration",
        ("autoscalers",),
        "config/importing/test_importing_gcp.py::test_the_gcp_app_becomes_a_configuration",
        "`autoscaler import` reads ClearML's files, tasks and forms; the file is compared and"
        " reviewed like code",
    ),
    Answer(
        "Project ID",
        ("gcp.project",),
        f"{GCE}/test_access.py::test_a_key_that_is_named_calls_in_its_own_project",
        "else that of the login",
    ),
    Answer(
        "Zone",
        (f"{RESOURCE}.zones", f"{RESOURCE}.region"),
        f"{STORIES}::test_what_one_zone_lacks_comes_from_the_next",
        "several per resource, of any region, in order; or all of a region",
    ),
    Answer(
        "Use full subnet path, subnet full path, subnet name",
        (f"{RESOURCE}.subnet",),
        WISH,
        "either, in one key; a network and an address in the internet as well (`network`,"
        " `external_ip`)",
    ),
    Answer(
        "GCP credentials",
        ("gcp.credentials",),
        f"{GCE}/test_access.py::test_a_federation_calls_as_the_account_that_it_takes_on",
        "named, never pasted; a federation as well, or the host's own account, which needs none",
    ),
    Answer(
        "Git user and password",
        ("machine.git.user", "machine.git.password"),
        TOLD,
        "the machine reads the password by itself; SSH keys as well",
    ),
    Answer(
        "Max idle time",
        ("autoscalers.max_idle", f"{RESOURCE}.max_idle"),
        "config/test_deployment.py::test_a_resources_own_time_counts_more_than_its_autoscalers",
    ),
    Answer(
        "Spin down instances on shutdown",
        ("on_shutdown", "autoscalers.on_shutdown"),
        "hosts/test_winding_down.py",
        "`leave`, `idle`, `all`",
    ),
    Answer(
        "Workers prefix",
        ("autoscalers.workers_prefix",),
        "config/test_mistakes_between_keys.py",
        "`dynamic_` and the autoscaler's name; two with one prefix are refused",
    ),
    Answer("Polling interval", ("polling_interval",), "config/test_durations.py"),
    Answer("Use docker mode", ("machine.docker",), TOLD),
    Answer(
        "Base docker image",
        ("machine.image",),
        TOLD,
        "a newer default: the app's is not published any more",
    ),
    Answer("Resource name", (f"{RESOURCE}.name",), "config/test_mistakes_of_resources.py"),
    Answer(
        "Machine type",
        (f"{RESOURCE}.types",),
        "config/test_gce.py::test_what_a_type_s_name_tells",
        "several per resource; custom types too, whose vCPUs are counted right",
    ),
    Answer("Run in CPU mode", (f"{RESOURCE}.cpu_only",), "config/test_mistakes_of_gce_types.py"),
    Answer("GPU type", (f"{RESOURCE}.gpu_type", f"{RESOURCE}.gpu_count"), WISH, "several of it"),
    Answer("Use preemptible instance", (f"{RESOURCE}.spot",), WISH),
    Answer("Provision model", (f"{RESOURCE}.spot_model",), WISH, "`spot`, `preemptible`"),
    Answer(
        "Regular instance rollback",
        (f"{RESOURCE}.on_demand_fallback",),
        f"{STORIES}::test_spot_comes_before_on_demand_in_every_zone",
    ),
    Answer(
        "Regular instance rollback timeout",
        (f"{RESOURCE}.fallback_after",),
        f"{STORIES}::test_spot_is_tried_for_as_long_as_the_operator_says",
        "counted from the first no, whichever machine it was for",
    ),
    Answer(
        "Preemptible instance blackout period",
        (f"{RESOURCE}.spot_blackout",),
        "core/test_buying.py::test_how_long_the_operator_lets_an_offering_rest",
        "of the types and zones that said no; else 3 minutes, doubled up to 15",
    ),
    Answer("Max number of instances", (f"{RESOURCE}.max_instances",), "core/test_plan_limits.py"),
    Answer(
        "Monitored queue",
        (f"{RESOURCE}.queues",),
        f"{STORIES}::test_the_queue_that_a_machine_serves_is_told_to_it",
        "several, in order",
    ),
    Answer(
        "Machine image",
        (f"{RESOURCE}.machine_image",),
        "config/test_gce.py::test_an_image_is_written_in_many_ways",
        "an image, the newest of a family, or a machine image",
    ),
    Answer(
        "Disk size",
        (f"{RESOURCE}.disk.size",),
        WISH,
        "type, speed and key as well, and local disks (`local_ssds`)",
    ),
    Answer(
        "Use default service account, service account email",
        ("gcp.service_account",),
        WISH,
        "the project's default one, where none is written",
    ),
    Answer("Service account scopes", ("gcp.scopes",), WISH, "aliases or addresses"),
    Answer(
        "Metadata",
        (f"{RESOURCE}.metadata",),
        f"{GCE}/test_request.py::test_metadata_of_all_and_of_the_resource_and_ours",
        "labels, network tags and a shielded VM as well",
    ),
    Answer(
        "Global metadata",
        ("gcp.metadata",),
        f"{GCE}/test_request.py::test_metadata_of_all_and_of_the_resource_and_ours",
    ),
    Answer("Autoscaler instance name", ("autoscalers.name",), "config/test_mistakes.py"),
    unsupported(
        "Apply task owner vault configuration",
        "vaults are kept by ClearML Enterprise's server; `machine` and references to secrets do "
        "their work for every task of an autoscaler",
    ),
    Answer(
        "Warn if more than one instance executes the same task",
        ("webhook",),
        "core/test_notices.py::test_a_task_that_two_workers_report_is_told",
        "always, as a notice",
    ),
    Answer("Exclude .bashrc script", ("machine.bashrc",), TOLD, "`bashrc: false`"),
    unsupported("Ignore vault parsing errors", "there are no vaults without an Enterprise server"),
    Answer("Init script", ("machine.init_script",), TOLD, "or a reference to one"),
    Answer("Additional ClearML configuration", ("machine.clearml_conf",), TOLD),
    unsupported(
        "Run with service account",
        "these are accounts of ClearML Enterprise's; give the agents a user of their own "
        "(`clearml.agent_access_key`)",
    ),
    unsupported(
        "Launch-form overrides",
        "the form is part of Enterprise's server; editors complete the file by its JSON Schema",
    ),
    unsupported(
        "Vault section auto_scaler.v1.gcp",
        "there are no vaults without an Enterprise server; what several autoscalers share stands "
        "at the top, under `gcp` and `machine`",
    ),
    Answer(
        "Resource pool queues",
        (f"{RESOURCE}.queues",),
        "contracts/clearml_queues.py",
        "by the queue's id, hidden ones too; the policies that fill them are Enterprise's",
    ),
)
PAGE = Page("options-gcp.md", HEAD, "gce", OPTIONS, ANSWERS)
