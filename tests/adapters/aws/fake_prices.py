"""Two of AWS's APIs on loopback: the price list (JSON) and EC2's spot price history (XML).

The answers have the services' shapes, and boto3 reads them as it reads AWS's. A page holds two
entries, so that whoever reads the first one only is found out.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

PAGE = 2


@dataclass
class Market:
    """What is sold, and what was asked for. `failure` is an error code that every call gets."""

    on_demand: dict[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    spot: list[tuple[str, str, str, str]] = field(default_factory=list)
    failure: str = ""
    url: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)

    def products(self, body: dict[str, Any]) -> dict[str, Any]:
        wanted = {each["Field"]: each["Value"] for each in body["Filters"]}
        self.asked.append(wanted)
        prices = self.on_demand.get((wanted["regionCode"], wanted["instanceType"]), ())
        start = int(body.get("NextToken") or 0)
        page = [json.dumps(_product(price)) for price in prices[start : start + PAGE]]
        more = start + PAGE < len(prices)
        return {
            "FormatVersion": "aws_v1",
            "PriceList": page,
            **({"NextToken": str(start + PAGE)} if more else {}),
        }

    def history(self, query: dict[str, str]) -> str:
        self.asked.append(query)
        types = {value for key, value in query.items() if key.startswith("InstanceType.")}
        entries = [entry for entry in self.spot if entry[0] in types]
        start = int(query.get("NextToken") or 0)
        items = "".join(_entry(*entry) for entry in entries[start : start + PAGE])
        token = str(start + PAGE) if start + PAGE < len(entries) else ""
        return (
            '<DescribeSpotPriceHistoryResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
            f"<spotPriceHistorySet>{items}</spotPriceHistorySet><nextToken>{token}</nextToken>"
            "</DescribeSpotPriceHistoryResponse>"
        )


def _product(price: str, unit: str = "Hrs") -> dict[str, Any]:
    dimension = {"unit": unit, "pricePerUnit": {"USD": price}}
    return {
        "product": {"productFamily": "Compute Instance"},
        "terms": {"OnDemand": {"SKU.TERM": {"priceDimensions": {"SKU.TERM.RATE": dimension}}}},
    }


def _entry(type: str, zone: str, price: str, at: str) -> str:
    return (
        f"<item><instanceType>{type}</instanceType><availabilityZone>{zone}</availabilityZone>"
        "<productDescription>Linux/UNIX</productDescription>"
        f"<spotPrice>{price}</spotPrice><timestamp>{at}</timestamp></item>"
    )


class _Server(ThreadingHTTPServer):
    def __init__(self, market: Market) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.market = market


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.headers.get("X-Amz-Target"):
            self._answer(json.dumps(self._products(body)), "application/x-amz-json-1.1")
        else:
            query = {key: values[0] for key, values in parse_qs(body).items()}
            self._answer(self._history(query), "text/xml")

    def _products(self, body: str) -> dict[str, Any]:
        market = self.server.market
        if market.failure:
            return {"__type": market.failure, "message": "no"}
        return market.products(json.loads(body))

    def _history(self, query: dict[str, str]) -> str:
        market = self.server.market
        if market.failure:
            error = f"<Error><Code>{market.failure}</Code><Message>no</Message></Error>"
            return f"<Response><Errors>{error}</Errors><RequestID>r</RequestID></Response>"
        return market.history(query)

    def _answer(self, content: str, kind: str) -> None:
        self.send_response(400 if self.server.market.failure else 200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content.encode())))
        self.end_headers()
        self.wfile.write(content.encode())

    def log_message(self, *_: object) -> None:
        """Silence."""


@contextmanager
def selling(market: Market) -> Iterator[Market]:
    """The market at its `url` until the end of the block."""
    with _Server(market) as server:
        market.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield market
        server.shutdown()
