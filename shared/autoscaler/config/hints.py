"""What somebody probably meant: the nearest word, ClearML's own word, the place it belongs."""

from collections.abc import Collection, Sequence
from difflib import get_close_matches

_SYNONYMS = {
    "idle_timeout": "max_idle",
    "max_idle_time": "max_idle",
    "max_idle_time_min": "max_idle",
    "max_spin_up_time": "max_spin_up",
    "max_spin_up_time_min": "max_spin_up",
    "polling_interval_time_min": "polling_interval",
    "num_instances": "max_instances",
    "max_num_instances": "max_instances",
    "monitored_queue": "queues",
    "queue_name": "queues",
    "prefix": "workers_prefix",
    "resource_name": "name",
    "resource_configurations": "resources",
    "compute_resources": "resources",
    "cloud_provider": "provider",
    "compute": "provider",
    "instance_type": "type",
    "machine_type": "type",
    "type": "types",
    "availability_zone": "zones",
    "subnet_id": "subnets",
    "vpc_subnet_id": "subnets",
    "security_group_ids": "security_groups",
    "key_name": "key_pair",
    "ami_id": "ami",
    "is_spot": "spot",
    "use_spot_instance": "spot",
    "regular_instance_rollback": "on_demand_fallback",
    "regular_instance_rollback_timeout": "fallback_after",
    "spot_instance_blackout_period": "spot_blackout",
    "iam_instance_profile": "instance_profile",
    "zone": "zones",
    "source_image": "machine_image",
    "use_preemptible": "spot",
    "preemptible": "spot",
    "provision_model": "spot_model",
    "preemptible_blackout": "spot_blackout",
    "gpu": "gpu_type",
    "num_gpus": "gpu_count",
    "disk_size": "disk",
    "subnetwork": "subnet",
    "subnet_full_path": "subnet",
    "subnet_name": "subnet",
    "public_ip": "external_ip",
    "service_account_email": "service_account",
    "service_account_scopes": "scopes",
    "project_id": "project",
    "extra_clearml_conf": "clearml_conf",
    "extra_vm_bash_script": "init_script",
    "extra_configurations": "launch_spec",
    "default_docker_image": "image",
    "docker_image": "image",
    "docker": "image",
    "env": "environment",
    "api_server": "api",
    "api_host": "api",
    "web_server": "web",
    "files_server": "files",
    "key": "access_key",
    "secret": "secret_key",
    "database": "state",
    "max_retries": "max_requeues",
}


def nearest(word: str, known: Collection[str]) -> str:
    """The known word that is meant by `word`, or "" when none is near."""
    plain = meant = _snake(word)
    while meant and meant not in known:
        meant = _SYNONYMS.get(meant, "")
    return meant or next(iter(get_close_matches(plain, known, n=1, cutoff=0.65)), "")


def unknown_key(word: str, known: Collection[str], homes: Sequence[str]) -> str:
    """The remedy for a key that nobody knows here; `homes` are where it is known."""
    if word == "<<":
        return "merge keys are not read: write the keys out"
    if homes:
        return f"belongs {' or '.join(homes)}"
    meant = nearest(word, known)
    if meant:
        return f"unknown key: did you mean {meant}?"
    return f"unknown key; known here: {', '.join(known)}"


def one_of(word: object, known: Collection[str]) -> str:
    """The remedy for a value that is none of a few."""
    meant = nearest(word, known) if isinstance(word, str) else ""
    start = f"did you mean {meant}? " if meant else ""
    return f"{start}It is one of: {', '.join(known)}" if meant else f"one of: {', '.join(known)}"


def _snake(word: str) -> str:
    humps = "".join(f"_{c}" if c.isupper() else c for c in word) if not word.isupper() else word
    return humps.lower().strip("_").replace("-", "_").replace(" ", "_").replace("__", "_")
