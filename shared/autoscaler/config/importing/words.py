"""What ClearML's autoscalers call things: in the file of its example, in its app, in a task."""

import re

PREFIXES = {"git": "git_", "git_configuration": "git_", "iam_instance_profile": "iam_"}
"""Groups of the app's form whose keys are short."""

RESOURCES = {"resource_configurations", "compute_resources", "resources"}
QUEUES = {"queues"}

GENERAL = {
    "aws_region": "cloud_credentials_region",
    "region": "cloud_credentials_region",
    "aws_access_key_id": "cloud_credentials_key",
    "aws_credentials_key_id": "cloud_credentials_key",
    "access_key_id": "cloud_credentials_key",
    "aws_secret_access_key": "cloud_credentials_secret",
    "secret_access_key": "cloud_credentials_secret",
    "aws_session_token": "cloud_credentials_token",
    "use_iam_role": "use_credentials_chain",
    "git_password": "git_pass",
    "git_pat": "git_pass",
    "max_idle_time": "max_idle_time_min",
    "polling_interval": "polling_interval_time_min",
    "polling_interval_min": "polling_interval_time_min",
    "max_spin_up_time": "max_spin_up_time_min",
    "worker_prefix": "workers_prefix",
    "docker_mode": "use_docker_mode",
    "base_docker_image": "default_docker_image",
    "docker_image": "default_docker_image",
    "default_docker": "default_docker_image",
    "iam_instance_profile_arn": "iam_arn",
    "iam_instance_profile_name": "iam_name",
    "iam_instance_profile": "use_iam_instance_profile",
    "name": "instance_name",
    "init_script": "extra_vm_bash_script",
    "additional_clearml_configuration": "extra_clearml_conf",
    "additional_configuration": "extra_clearml_conf",
    "exclude_bashrc": "exclude_bashrc_script",
    "autoscaler_instance_name": "instance_name",
    "autoscaler_name": "instance_name",
    "spin_down_instances_on_autoscaler_shutdown": "shutdown_action",
    "autoscaler_shutdown_action": "shutdown_action",
    "on_shutdown": "shutdown_action",
    "custom_launch_spec": "custom_launch_specification",
}
RESOURCE = {
    "name": "resource_name",
    "ec2_instance_type": "instance_type",
    "type": "instance_type",
    "ami": "ami_id",
    "ami_id_or_image_name": "ami_id",
    "image": "ami_id",
    "source_image": "ami_id",
    "spot": "is_spot",
    "preemptible": "is_spot",
    "use_spot_instance": "is_spot",
    "use_spot": "is_spot",
    "cpu_mode": "cpu_only",
    "run_in_cpu_mode": "cpu_only",
    "zone": "availability_zone",
    "availability_zones": "availability_zone",
    "vpc_subnet_id": "subnet_id",
    "subnet_ids": "subnet_id",
    "subnet": "subnet_id",
    "num_instances": "max_instances",
    "max_num_instances": "max_instances",
    "max_number_of_instances": "max_instances",
    "queue": "queue_name",
    "monitored_queue": "queue_name",
    "ec2_tags": "tags",
    "ebs_device": "ebs_device_name",
    "volume_size": "ebs_volume_size",
    "ebs_size": "ebs_volume_size",
    "volume_type": "ebs_volume_type",
    "ebs_type": "ebs_volume_type",
    "snapshot_id": "ebs_snapshot_id",
    "instance_key_pair": "key_name",
    "key_pair": "key_name",
    "security_group_id": "security_group_ids",
    "security_groups": "security_group_ids",
    "regular_instance_rollback": "rollback",
    "regular_instance_rollback_timeout": "rollback_timeout",
    "spot_instance_blackout_period": "blackout",
    "spot_blackout_period": "blackout",
    "place_tags_on_resources": "tag_on",
    "custom_launch_spec": "extra_configurations",
    "extra_config": "extra_configurations",
}
UNSUPPORTED = {
    "apply_task_owner_vault_configuration": "only ClearML Enterprise's server has vaults",
    "ignore_vault_parsing_errors": "only ClearML Enterprise's server has vaults",
    "run_with_service_account": "only ClearML Enterprise's server has service accounts",
    "warn_if_more_than_one_instance_executes_the_same_task": "ClearML shows no such warning here",
}


def plain(key: str) -> str:
    """The key as one word of small letters: "Base Docker Image" is base_docker_image."""
    humps = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key)
    bare = re.sub(r"\([^)]*\)", "", humps)
    return re.sub(r"[^a-z0-9]+", "_", bare.lower()).strip("_")
