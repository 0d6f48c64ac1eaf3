"""What the operator writes, parsed once."""

from autoscaler.config.aws import AwsSection
from autoscaler.config.clearml import ClearMLSection, Keys
from autoscaler.config.cloud import CloudSection
from autoscaler.config.ec2 import Ec2Section, PlaceSection, Purchase
from autoscaler.config.gce import GcePurchase, GceSection
from autoscaler.config.gcp import GcpSection
from autoscaler.config.machine import MachineSection
from autoscaler.config.models import AutoscalerSection, Config
from autoscaler.config.process import ProcessSection
from autoscaler.config.reading import load, parse, render
from autoscaler.config.reference import json_schema, reference
from autoscaler.config.starter import starter

__all__ = [
    "AutoscalerSection",
    "AwsSection",
    "ClearMLSection",
    "CloudSection",
    "Config",
    "Ec2Section",
    "GcePurchase",
    "GceSection",
    "GcpSection",
    "Keys",
    "MachineSection",
    "PlaceSection",
    "ProcessSection",
    "Purchase",
    "json_schema",
    "load",
    "parse",
    "reference",
    "render",
    "starter",
]
