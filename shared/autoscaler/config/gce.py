"""Provider `gce`: machines of Google Compute Engine."""

from datetime import timedelta
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import Field

from autoscaler.config.cloud import CloudSection
from autoscaler.config.fields import Duration, Switch
from autoscaler.config.gce_fields import (
    Disks,
    DiskType,
    GpuCount,
    GpuType,
    Image,
    KmsKey,
    MachineType,
    Network,
    Region,
    RunDuration,
    Size,
    Speed,
    Subnet,
    Tag,
    Zone,
    zones_of,
)
from autoscaler.config.gcp import GcpSection, Labels, Metadata
from autoscaler.config.section import Section
from autoscaler.core.fleet import Market, Offering


class GceDiskSection(Section):
    """The disk that a machine starts from; it goes with the machine."""

    size: Size | None = Field(None, description="in GB; else the image's", examples=[100])
    type: DiskType = Field("pd-balanced", description="kind of disk")
    iops: Speed | None = Field(
        None, description="operations a second (hyperdisk)", examples=[6000]
    )
    throughput: Speed | None = Field(None, description="MB a second (hyperdisk)", examples=[500])
    kms_key: KmsKey | None = Field(
        None,
        description="encrypted with this key; else with one of Google's",
        examples=["projects/p/locations/europe-west4/keyRings/ml/cryptoKeys/disks"],
    )


class ShieldedSection(Section):
    """What a machine proves of itself when it boots."""

    secure_boot: Switch = Field(default=False, description="run signed drivers only")
    vtpm: Switch = Field(default=True, description="a virtual trusted module")
    integrity_monitoring: Switch = Field(default=True, description="compare boots")


class GcePurchase(NamedTuple):
    """One way to buy a machine."""

    type: str
    zone: str
    market: Market

    def offering(self, resource: "GceSection") -> Offering:
        on_demand = self.market == "on-demand"
        return Offering(
            type=self.type,
            zone=self.zone,
            market=self.market,
            hourly_price=resource.hourly_price,
            after=(resource.fallback_after or timedelta(0)) if on_demand else timedelta(0),
            pause=None if on_demand else resource.spot_blackout,
        )


class GceSection(CloudSection):
    """Machines of Google Cloud: machine types, zones and markets, in order of preference."""

    shapeless: ClassVar = {
        *CloudSection.shapeless,
        "gcp",
        "fallback_after",
        "on_demand_fallback",
        "spot_blackout",
    }

    provider: Literal["gce"] = Field(description="where its machines start", examples=["gce"])
    types: tuple[MachineType, ...] = Field(
        description="machine types, custom ones too; the first that is there",
        examples=[["g2-standard-4", "n1-custom-8-16384"]],
        min_length=1,
    )
    zones: tuple[Zone, ...] = Field(
        (),
        description="where, in this order; may be of several regions",
        examples=[["europe-west4-a", "europe-west4-b"]],
    )
    region: Region | None = Field(
        None, description="in place of zones: all of this region", examples=["europe-west4"]
    )
    machine_image: Image = Field(
        description="name, family or machine image, with its path where of another project",
        examples=["projects/my-project-42/global/images/family/clearml-gpu"],
    )
    gpu_type: GpuType | None = Field(
        None, description="GPUs to attach (to n1 types)", examples=["nvidia-tesla-t4"]
    )
    gpu_count: GpuCount = Field(1, description="how many of gpu_type")
    spot: Switch = Field(default=False, description="spot machines: cheaper, may be taken back")
    spot_model: Literal["spot", "preemptible"] = Field(
        "spot", description="spot, or its predecessor, which ends after 24 hours"
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
    disk: GceDiskSection | None = Field(
        None, description="the disk it starts from", examples=[{"size": 100}]
    )
    local_ssds: Disks = Field(0, description="so many disks of 375 GB for the time it lives")
    network: Network | None = Field(
        None, description="else that of the subnet, or default", examples=["ml"]
    )
    subnet: Subnet | None = Field(
        None,
        description="its name in each region, or its path",
        examples=["projects/my-project-42/regions/europe-west4/subnetworks/ml"],
    )
    external_ip: Switch = Field(
        default=True, description="an address in the internet; else the network needs NAT"
    )
    network_tags: tuple[Tag, ...] = Field(
        (), description="what firewalls know it by", examples=[["clearml-worker"]]
    )
    metadata: Metadata = Field(
        {}, description="of its machines", examples=[{"install-nvidia-driver": "True"}]
    )
    labels: Labels = Field(
        {}, description="on its machines and disks", examples=[{"project": "vision"}]
    )
    shielded: ShieldedSection | None = Field(
        None, description="of a shielded VM; else as the image says", examples=[{"vtpm": True}]
    )
    max_run_duration: RunDuration | None = Field(
        None, description="Google ends it then, even while it works", examples=["7d"]
    )
    launch_spec: dict[str, Any] = Field(
        {},
        description="more for instances.insert, merged in last",
        examples=[{"minCpuPlatform": "Intel Ice Lake"}],
    )
    gcp: GcpSection | None = Field(
        None,
        description="its project, where other than its autoscaler's",
        examples=[{"project": "my-project-42"}],
    )

    @property
    def places(self) -> tuple[str, ...]:
        """Its zones, in order."""
        return self.zones or (zones_of(self.region) if self.region else ())

    @property
    def purchases(self) -> tuple[GcePurchase, ...]:
        """Every way to buy one, in order: spot everywhere before on demand anywhere."""
        return tuple(
            GcePurchase(type, zone, market)
            for market in self.markets
            for type in self.types
            for zone in self.places
        )

    @property
    def markets(self) -> tuple[Market, ...]:
        if not self.spot:
            return ("on-demand",)
        return ("spot", "on-demand") if self.on_demand_fallback else ("spot",)

    @property
    def offerings(self) -> tuple[Offering, ...]:
        return tuple(one.offering(self) for one in self.purchases)
