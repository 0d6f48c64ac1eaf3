"""A cloud without a cloud: one that answers by script, and one that goes wrong by chance."""

from autoscaler.world.cloud.nature import Nature
from autoscaler.world.cloud.post import Post
from autoscaler.world.cloud.region import Box, Region
from autoscaler.world.cloud.scripted import Cloud, Script
from autoscaler.world.cloud.time import Time

__all__ = ["Box", "Cloud", "Nature", "Post", "Region", "Script", "Time"]
