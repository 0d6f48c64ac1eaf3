"""What the operator writes, parsed once."""

from autoscaler.config.clearml import ClearMLSection, Keys
from autoscaler.config.models import AutoscalerSection, Config
from autoscaler.config.process import ProcessSection
from autoscaler.config.reading import load, parse, render
from autoscaler.config.reference import json_schema, reference
from autoscaler.config.starter import starter

__all__ = [
    "AutoscalerSection",
    "ClearMLSection",
    "Config",
    "Keys",
    "ProcessSection",
    "json_schema",
    "load",
    "parse",
    "reference",
    "render",
    "starter",
]
