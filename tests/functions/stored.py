"""A configuration in the table of a lab: pushed, and edited by hand."""

import json

from autoscaler.config.stored import change, read
from autoscaler.core.ledger import ConfigRow, Ref
from tests.contracts.state_rows import AT
from tests.functions.lab import Lab, configuration


def push(here: Lab, **resource: object) -> None:
    """Another configuration into the table."""
    text = json.dumps(configuration(here.clearml.url, **resource))
    wanted = change(text, read(here.state.read), by="ada", at=AT)
    here.state.commit(put=wanted.put, remove=wanted.remove)


def edit(here: Lab, old: str, new: str, key: str = "team") -> None:
    """As by hand in the database's console: nobody raises the revision there."""
    row = here.state.read(Ref("config", key))
    assert isinstance(row, ConfigRow)
    assert old in row.text
    here.clients.dynamodb().update_item(
        TableName=here.table,
        Key={"section": {"S": "setting"}, "row": {"S": f"config/{key}"}},
        UpdateExpression="SET #text = :text",
        ExpressionAttributeNames={"#text": "text"},
        ExpressionAttributeValues={":text": {"S": row.text.replace(old, new)}},
    )


def in_table(here: Lab) -> Lab:
    """Its functions read the table; the package has a file that allows two machines."""
    here.environment |= {"CONFIG": "table:", "PACKAGED": str(here.folder / "autoscaler.json")}
    return here
