"""Provider `ec2`: machines of AWS."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from annotated_types import Gt
from pydantic import BeforeValidator, Field, SerializerFunctionWrapHandler, WrapSerializer

from autoscaler.config.aws import AwsSection, Region, Tags
from autoscaler.config.cloud import CloudSection
from autoscaler.config.ec2_fields import (
    Device,
    Group,
    Image,
    InstanceType,
    Size,
    Snapshot,
    Speed,
    Subnet,
    Zone,
)
from autoscaler.config.faults import mistake
from autoscaler.config.fields import Duration, OrSwitch, Price, Says, Share, Switch, Text
from autoscaler.config.section import Section
from autoscaler.core.fleet import Market, Offering

Tagged = Literal["instance", "volume", "network-interface", "spot-instances-request"]


class DiskSection(Section):
    """The volume that a machine starts from; without this it is as the image says, encrypted."""

    device: Device = Field("/dev/sda1", description="the image's root device, to replace that")
    size: Size | None = Field(None, description="in GiB; else the image's", examples=[100])
    type: Literal["gp3", "gp2", "io1", "io2", "st1", "sc1", "standard"] = Field(
        "gp3", description="kind of volume"
    )
    iops: Speed | None = Field(None, description="operations a second", examples=[6000])
    throughput: Speed | None = Field(None, description="MiB a second (gp3)", examples=[500])
    snapshot: Snapshot | None = Field(
        None, description="made of this snapshot", examples=["snap-0a1b2c3d"]
    )
    encrypted: Switch = Field(default=True, description="with a key of AWS's, or with kms_key")
    kms_key: Text | None = Field(None, description="this key", examples=["alias/ml"])


class SpotSection(Section):
    """How spot machines are bought; `spot: true` is all of them, at any price."""

    mix: Share = Field(
        1.0, description="the largest share of its machines asked for as spot", examples=[0.7]
    )
    max_price: Annotated[Price, Gt(0)] | None = Field(
        None, description="for an hour, in dollars; else what it costs on demand", examples=[0.4]
    )


def _spot(value: Any) -> Any:
    """What `true` and `false` stand for."""
    if isinstance(value, bool):
        return {} if value else None
    if isinstance(value, (dict, SpotSection)):
        return value
    raise mistake("write true or false, or keys: {mix: 0.7, max_price: 0.4}")


def _written_spot(spot: Any, write: SerializerFunctionWrapHandler) -> Any:
    return spot and (write(spot) or True)


Spot = Annotated[
    SpotSection | None,
    BeforeValidator(_spot),
    WrapSerializer(_written_spot),
    OrSwitch(),
    Says("true or false, or keys, see below"),
]


class PlaceSection(Section):
    """Where in a region, and with what of that region."""

    zones: tuple[Zone, ...] = Field(
        (), description="only these; else all", examples=[["eu-central-1a", "eu-central-1b"]]
    )
    subnets: tuple[Subnet, ...] = Field(
        (),
        description="else the default ones; with zones, one for each",
        examples=[["subnet-0a1b2c3d", "subnet-1a1b2c3d"]],
    )
    security_groups: tuple[Group, ...] = Field(
        (), description="else the network's default one", examples=[["sg-0a1b2c3d"]]
    )
    ami: Image | None = Field(
        None,
        description="id, name (newest; * fits all) or ssm:/parameter; else AWS's for learning",
        examples=["ami-0a1b2c3d4e5f60718"],
    )
    key_pair: Text | None = Field(None, description="for ssh", examples=["ops"])


class RegionSection(PlaceSection):
    """Another region, for when those before it have no machine left."""

    region: Region = Field(description="the region", examples=["eu-west-1"])


class Purchase(NamedTuple):
    """One way to buy a machine: `region` is "" in the region of the account's section.

    Any of `subnets` will do; without any, AWS takes a default one.
    """

    region: str
    place: PlaceSection
    type: str
    zone: str
    subnets: tuple[str, ...]
    market: Market

    def offering(self, resource: "Ec2Section") -> Offering:
        on_demand = self.market == "on-demand"
        return Offering(
            type=self.type,
            zone=self.zone or self.region,
            market=self.market,
            hourly_price=resource.hourly_price,
            together=f"{self.region}:{self.market}",
            after=(resource.fallback_after or timedelta(0)) if on_demand else timedelta(0),
            pause=None if on_demand else resource.spot_blackout,
        )


class Ec2Section(CloudSection, PlaceSection):
    """Machines of AWS: instance types, places and markets, in order of preference."""

    shapeless: ClassVar = {
        *CloudSection.shapeless,
        "aws",
        "choose",
        "fallback_after",
        "on_demand_fallback",
        "spot",
        "spot_blackout",
    }

    provider: Literal["ec2"] = Field(description="where its machines start", examples=["ec2"])
    types: tuple[InstanceType, ...] = Field(
        description="instance types, any of which will do",
        examples=[["g5.xlarge", "g6.xlarge"]],
        min_length=1,
    )
    choose: Literal["price", "order"] = Field(
        "price", description="among types and zones: the best price, or the first that is there"
    )
    regions: tuple[RegionSection, ...] = Field(
        (),
        description="more regions, once the first says no",
        examples=[[{"region": "eu-west-1"}]],
    )
    spot: Spot = Field(
        None, description="spot machines: cheaper, may be taken back", examples=[True]
    )
    on_demand_fallback: Switch = Field(
        default=False, description="with spot: on demand, when there is none"
    )
    fallback_after: Duration | None = Field(
        None, description="how long spot is tried before; else once", examples=["10m"]
    )
    spot_blackout: Duration | None = Field(
        None, description="how long none is asked for after a no; else 3 to 15m", examples=["30m"]
    )
    disk: DiskSection | None = Field(
        None, description="the volume it starts from", examples=[{"size": 100}]
    )
    tags: Tags = Field({}, description="on its machines", examples=[{"project": "vision"}])
    tag_on: tuple[Tagged, ...] = Field(
        ("instance",), description="what gets these tags", examples=[["instance", "volume"]]
    )
    task_instance_role: Switch = Field(
        default=False, description="let tasks in containers use the machine's role"
    )
    launch_spec: dict[str, Any] = Field(
        {},
        description="more for RunInstances, merged in last",
        examples=[{"Monitoring": {"Enabled": True}}],
    )
    aws: AwsSection | None = Field(
        None,
        description="its account, where other than its autoscaler's",
        examples=[{"instance_profile": "clearml-gpu"}],
    )

    def shape(self) -> Mapping[str, object]:
        """How large a share is spot, and at what price, is no matter of one machine."""
        return {**super().shape(), **({"spot": True} if self.spot else {})}

    @property
    def spot_share(self) -> float:
        return self.spot.mix if self.spot else 1.0

    @property
    def purchases(self) -> tuple[Purchase, ...]:
        """Every way to buy one, in order: spot everywhere before on demand anywhere."""
        return tuple(
            Purchase(region, place, type, zone, subnets, market)
            for market in self.markets
            for region, place in (("", self), *((one.region, one) for one in self.regions))
            for type in self.types
            for zone, subnets in _spots(place)
        )

    @property
    def markets(self) -> tuple[Market, ...]:
        if not self.spot:
            return ("on-demand",)
        return ("spot", "on-demand") if self.on_demand_fallback else ("spot",)

    @property
    def offerings(self) -> tuple[Offering, ...]:
        return tuple(one.offering(self) for one in self.purchases)


def _spots(place: PlaceSection) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Zone and subnets of each spot in a region: those of a pair by their position."""
    if place.zones and place.subnets:
        for zone in dict.fromkeys(place.zones):
            pairs = zip(place.zones, place.subnets, strict=True)
            yield zone, tuple(subnet for each, subnet in pairs if each == zone)
    elif place.zones:
        yield from ((zone, ()) for zone in place.zones)
    else:
        yield "", place.subnets
