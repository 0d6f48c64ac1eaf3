"""Each option of ClearML's AWS autoscaler app, and what answers it here."""

from tests.docs.options import Answer, Page, unsupported

HEAD = """\
# Options of ClearML's AWS autoscaler

Each option of the AWS app in ClearML's web page (as of July 2026), the key that answers it here
([configuration.md](configuration.md) has them all), and the test that shows it. Keys below
`machine` and `aws` may stand at the top, at an autoscaler or at a resource; the narrowest counts.
This page is made by `python -m tests.docs`.

| option | key | remark | test |
|---|---|---|---|
"""
RESOURCE = "autoscalers.resources.ec2"
REQUEST = "adapters/aws/test_ec2_request.py"
WISH = f"{REQUEST}::test_a_wish_in_its_place"
FLEET = "adapters/aws/test_ec2_fleet_request.py"
TOLD = "adapters/aws/test_ec2_told.py::test_what_a_machine_does_is_told_to_it_without_a_secret"
STORIES = "adapters/aws/test_ec2_stories.py"


# As the app's form shows them, from top to bottom.
OPTIONS = (
    "Import / export configuration",
    "Use IAM role",
    "AWS region",
    "Access key id and secret",
    "Git user and password",
    "Max idle time",
    "Spin down instances on shutdown",
    "Workers prefix",
    "Polling interval",
    "Use docker mode",
    "Base docker image",
    "Resource name",
    "EC2 instance type",
    "Run in CPU mode",
    "Use spot instance",
    "Regular instance rollback",
    "Regular instance rollback timeout",
    "Spot instance blackout period",
    "Place tags on resources",
    "Availability zone",
    "AMI id or image name",
    "Max number of instances",
    "Monitored queue",
    "EC2 tags",
    "EBS device, volume size, volume type",
    "Instance key pair",
    "Security group id",
    "VPC subnet id",
    "IAM instance profile",
    "Autoscaler instance name",
    "Apply task owner vault configuration",
    "Warn if more than one instance executes the same task",
    "Exclude .bashrc script",
    "Ignore vault parsing errors",
    "Init script",
    "Additional ClearML configuration",
    "Custom launch spec",
    "Run with service account",
    "Launch-form overrides",
    "Vault section auto_scaler.v1.aws",
    "Resource pool queues",
)
ANSWERS = (
    Answer(
        "Import / export configuration",
        ("autoscalers",),
        "cli/test_import.py::test_a_file_becomes_a_configuration_that_is_valid",
        "`autoscaler import` reads ClearML's files, tasks and forms; the file is compared and"
        " reviewed like code",
    ),
    Answer(
        "Use IAM role",
        ("aws",),
        "adapters/aws/test_accounts.py::test_who_calls",
        "the host's role, unless keys are named; `role` takes on another one, in any account",
    ),
    Answer(
        "AWS region",
        ("aws.region", f"{RESOURCE}.regions"),
        f"{FLEET}::test_a_further_region_has_an_image_and_a_network_of_its_own",
        "several per resource, in order",
    ),
    Answer(
        "Access key id and secret",
        ("aws.access_key", "aws.secret_key"),
        "adapters/aws/test_accounts.py::test_who_calls",
        "named, never written",
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
        "EC2 instance type",
        (f"{RESOURCE}.types",),
        f"{FLEET}::test_several_types_and_zones_are_one_fleet",
        "several per resource, bought with one call",
    ),
    Answer("Run in CPU mode", (f"{RESOURCE}.cpu_only",), "config/test_mistakes_of_ec2.py"),
    Answer("Use spot instance", (f"{RESOURCE}.spot",), WISH),
    Answer(
        "Regular instance rollback",
        (f"{RESOURCE}.on_demand_fallback",),
        f"{STORIES}::test_what_one_pool_lacks_comes_from_the_others_and_from_on_demand_last",
    ),
    Answer(
        "Regular instance rollback timeout",
        (f"{RESOURCE}.fallback_after",),
        f"{STORIES}::test_spot_is_tried_for_as_long_as_the_operator_says",
        "counted from the first no, whichever machine it was for",
    ),
    Answer(
        "Spot instance blackout period",
        (f"{RESOURCE}.spot_blackout",),
        "core/test_buying.py::test_how_long_the_operator_lets_an_offering_rest",
        "of the types and zones that said no; else 3 minutes, doubled up to 15",
    ),
    Answer(
        "Place tags on resources",
        (f"{RESOURCE}.tag_on",),
        f"{FLEET}::test_our_tags_stand_on_the_instance_and_theirs_where_they_want_them",
    ),
    Answer(
        "Availability zone",
        (f"{RESOURCE}.zones",),
        f"{FLEET}::test_several_types_and_zones_are_one_fleet",
        "several; with subnets they go in pairs",
    ),
    Answer(
        "AMI id or image name",
        (f"{RESOURCE}.ami",),
        "adapters/aws/test_ec2_looks.py::test_of_images_with_a_name_the_newest_is_taken",
        "also a parameter; without one AWS's image for learning, x86 or arm",
    ),
    Answer("Max number of instances", (f"{RESOURCE}.max_instances",), "core/test_plan_limits.py"),
    Answer(
        "Monitored queue",
        (f"{RESOURCE}.queues",),
        f"{STORIES}::test_the_queue_that_a_machine_serves_is_told_to_it",
        "several, in order",
    ),
    Answer(
        "EC2 tags",
        (f"{RESOURCE}.tags", "aws.tags"),
        f"{FLEET}::test_our_tags_stand_on_the_instance_and_theirs_where_they_want_them",
        "from birth on; no spaces and slashes in keys, since machines read them",
    ),
    Answer(
        "EBS device, volume size, volume type",
        tuple(f"{RESOURCE}.disk.{key}" for key in ("device", "size", "type")),
        WISH,
        "encrypted by default; speed, snapshot and key as well",
    ),
    Answer("Instance key pair", (f"{RESOURCE}.key_pair",), WISH),
    Answer("Security group id", (f"{RESOURCE}.security_groups",), WISH),
    Answer(
        "VPC subnet id",
        (f"{RESOURCE}.subnets",),
        f"{FLEET}::test_several_subnets_without_zones_are_a_fleet_over_them",
        "several: the one that has machines",
    ),
    Answer("IAM instance profile", ("aws.instance_profile",), WISH, "by name or ARN"),
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
    Answer(
        "Custom launch spec",
        (f"{RESOURCE}.launch_spec",),
        WISH,
        "never over what keeps machines ours, counted and ending",
    ),
    unsupported(
        "Run with service account",
        "service accounts are Enterprise's; give the agents a user of their own "
        "(`clearml.agent_access_key`)",
    ),
    unsupported(
        "Launch-form overrides",
        "the form is part of Enterprise's server; editors complete the file by its JSON Schema",
    ),
    unsupported(
        "Vault section auto_scaler.v1.aws",
        "there are no vaults without an Enterprise server; what several autoscalers share stands "
        "at the top, under `aws` and `machine`",
    ),
    Answer(
        "Resource pool queues",
        (f"{RESOURCE}.queues",),
        "contracts/clearml_queues.py",
        "by the queue's id, hidden ones too; the policies that fill them are Enterprise's",
    ),
)


PAGE = Page("options-aws.md", HEAD, "ec2", OPTIONS, ANSWERS)
