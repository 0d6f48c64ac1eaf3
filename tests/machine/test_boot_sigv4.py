"""Our signature is AWS's."""

import pytest

from autoscaler.machine.boot.sigv4 import Role, signed

ROLE = Role("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "")
NOW = "20150830T123600Z"


def test_the_published_example_has_the_published_signature() -> None:
    """AWS's test suite for Signature Version 4, "post-vanilla"."""
    headers = {"Host": "example.amazonaws.com"}
    answer = signed(headers, b"", ROLE, region="us-east-1", service="service", now=NOW)
    assert answer["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request,"
        " SignedHeaders=host;x-amz-date,"
        " Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
    )


@pytest.mark.parametrize("token", ["", "a/session+token=="])
def test_botocore_signs_the_same_way(token: str) -> None:
    auth = pytest.importorskip("botocore.auth", reason="botocore is not installed")
    request = pytest.importorskip("botocore.awsrequest").AWSRequest
    credentials = pytest.importorskip("botocore.credentials").Credentials
    headers = {"host": "ssm.eu-central-1.amazonaws.com", "x-amz-target": "AmazonSSM.GetParameter"}
    body, role = b'{"Name": "/a", "WithDecryption": true}', ROLE._replace(token=token)
    ours = signed(headers, body, role, region="eu-central-1", service="ssm", now=NOW)
    asked = request("POST", f"https://{headers['host']}/", headers, body)
    asked.context["timestamp"] = NOW
    asked.headers["X-Amz-Date"] = NOW
    if token:
        asked.headers["X-Amz-Security-Token"] = token
    signer = auth.SigV4Auth(credentials(*role), "ssm", "eu-central-1")
    text = signer.string_to_sign(asked, signer.canonical_request(asked))
    assert ours["authorization"].endswith(signer.signature(text, asked))
