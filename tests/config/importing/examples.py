"""Settings of ClearML's autoscalers, as their file, their task and their apps have them."""

from typing import Any

FILE = """\
hyper_params:
  cloud_provider: AWS
  cloud_credentials_key: AKIAEXAMPLEEXAMPLE00
  cloud_credentials_secret: s3cr3t-of-aws
  cloud_credentials_region: us-east-1
  git_user: ci-bot
  git_pass: t0ken-of-git
  default_docker_image: nvidia/cuda:12.6.3-runtime-ubuntu22.04 --ipc=host
  max_idle_time_min: 15
  polling_interval_time_min: 5
  max_spin_up_time_min: 30
  workers_prefix: dynamic_vision
  use_iam_instance_profile: false
  iam_name: ml-worker
configurations:
  resource_configurations:
    gpu_small:
      instance_type: g4dn.4xlarge
      is_spot: true
      availability_zone: us-east-1b
      ami_id: ami-0a1b2c3d4e5f60718
      ebs_device_name: /dev/sda1
      ebs_volume_size: 100
      ebs_volume_type: gp3
      key_name: ops
      security_group_ids: [sg-0a1b2c3d, sg-1a1b2c3d]
      tags: project=vision, team=a
      enable_monitoring: true
      extra_configurations:
        Placement: {Tenancy: default}
    gpu_large:
      instance_type: p3.8xlarge
      is_spot: false
      subnet_id: subnet-0a1b2c3d
      ami_id: ami-0a1b2c3d4e5f60718
    cpu:
      instance_type: m5.xlarge
      is_spot: false
      availability_zone: us-east-1b
      ami_id: ami-0a1b2c3d4e5f60718
      cpu_only: true
  queues:
    gpu queue: [[gpu_small, 4], [gpu_large, 1]]
    cpu queue: [[cpu, 2]]
  extra_clearml_conf: |
    agent.package_manager.type: pip
  extra_vm_bash_script: |
    #!/bin/bash
    echo "ready: $HOME"
"""
SECRETS = ["AKIAEXAMPLEEXAMPLE00", "s3cr3t-of-aws", "t0ken-of-git"]

FORM: dict[str, Any] = {
    "Autoscaler Instance Name": "Vision team",
    "Use IAM role": True,
    "AWS Region": "eu-central-1",
    "Git User": "ci-bot",
    "Git Password": "t0ken-of-git",
    "Max Idle Time (min)": "20",
    "Workers Prefix": "dynamic_aws",
    "Polling Interval (min)": 1,
    "Use docker mode": False,
    "Spin down instances on Autoscaler shutdown": "All including running tasks",
    "Exclude .bashrc script": True,
    "Apply Task Owner Vault Configuration": True,
    "Compute Resources": [
        {
            "Resource Name": "GPU Large",
            "EC2 Instance Type": "g5.xlarge",
            "Use Spot Instance": True,
            "Regular Instance Rollback": True,
            "Regular Instance Rollback Timeout": 10,
            "Spot Instance Blackout Period": 5,
            "Availability Zone": "eu-central-1a, eu-central-1b",
            "VPC Subnet ID": "subnet-0a1b2c3d,subnet-1a1b2c3d",
            "Max Number of Instances": "3",
            "Monitored Queue": "gpu queue",
            "EC2 Tags": "k=v",
            "Place tags on resources": ["Instance", "Volume"],
            "Some New Option": "x",
        },
        {
            "Resource Name": "GPU Spare",
            "EC2 Instance Type": "g6.xlarge",
            "Max Number of Instances": 1,
            "Monitored Queue": "gpu queue",
        },
    ],
}

GCP_KEY = '{"type": "service_account", "private_key": "s3cr3t-of-google"}'
GCP_FORM: dict[str, Any] = {
    "Autoscaler Instance Name": "Vision on Google",
    "GCP Configuration": {
        "Project ID": "my-project-42",
        "Zone": "europe-west4-a",
        "Use full subnet path": True,
        "Subnet Full Path": "projects/my-project-42/regions/europe-west4/subnetworks/ml",
        "GCP Credentials": GCP_KEY,
    },
    "Git User": "ci-bot",
    "Git Password": "t0ken-of-git",
    "Max Idle Time (min)": "20",
    "Workers Prefix": "dynamic_gcp",
    "Polling Interval (min)": 1,
    "Use docker mode": True,
    "Base Docker Image": "nvidia/cuda:12.6.3-runtime-ubuntu22.04",
    "Global Metadata": "team=ml,startup-script=rm,db-password=hunter2",
    "Compute Resources": [
        {
            "Resource Name": "GPU Old",
            "Machine Type": "n1-standard-8",
            "GPU Type": "nvidia-tesla-t4",
            "Use Preemptible Instance": True,
            "Provision Model": "Preemptible (legacy)",
            "Regular Instance Rollback": True,
            "Regular Instance Rollback Timeout": 10,
            "Preemptible Instance Blackout Period": 5,
            "Max Number of Instances": "3",
            "Monitored Queue": "gpu queue",
            "Machine Image": "projects/ml-images/global/images/v3",
            "Disk Size (GB)": "100",
            "Use default Service Account": False,
            "Service Account Email": "worker@my-project-42.iam.gserviceaccount.com",
            "Service Account Scopes": "storage-rw, https://www.googleapis.com/auth/bigquery",
            "Metadata": "install-nvidia-driver=True",
            "Some New Option": "x",
        },
        {
            "Resource Name": "GPU New",
            "Machine Type": "g2-standard-4",
            "GPU Type": "nvidia-l4",
            "Use Preemptible Instance": True,
            "Provision Model": "SPOT",
            "Max Number of Instances": 1,
            "Monitored Queue": "gpu queue",
            "Machine Image": "projects/ml-images/global/images/v3",
        },
        {
            "Resource Name": "CPU",
            "Machine Type": "n2-custom-8-16384",
            "Max Number of Instances": 2,
            "Monitored Queue": "cpu queue",
            "Machine Image": "projects/ml-images/global/images/v3",
            "Zone": "europe-west4-b",
        },
    ],
}


def parameters(**values: str) -> dict[str, Any]:
    """One section of a task's hyperparameters."""
    return {
        name: {"section": "General", "name": name, "value": value}
        for name, value in values.items()
    }
