"""Secrets put into SSM's Parameter Store, encrypted; reading them is the port Secrets."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from autoscaler.errors import ConfigError, CredentialsError, Problem, UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

_STANDARD = 4096  # bytes that a parameter may hold for free
_REFUSED = {"AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException"}


class Parameters:
    """The port SecretStore for `ssm:/path`."""

    def __init__(self, client: "SSMClient") -> None:
        self._client = client

    def put(self, reference: str, value: str, *, overwrite: bool = False) -> None:
        scheme, _, name = reference.partition(":")
        if scheme != "ssm" or "#" in name:
            raise ConfigError(Problem("secret", reference, "only ssm:/path is stored so far"))
        is_long = len(value.encode()) > _STANDARD
        try:
            self._client.put_parameter(
                Name=name,
                Value=value,
                Type="SecureString",
                Overwrite=overwrite,
                Tier="Advanced" if is_long else "Standard",
            )
        except ClientError as error:
            raise _told(error, reference) from None  # its words may repeat the value
        except NoCredentialsError as error:
            remedy = "nobody is logged in to AWS here: log in, or set AWS_PROFILE"
            raise CredentialsError(remedy) from error
        except BotoCoreError as error:
            raise UnavailableError(f"ssm:PutParameter failed: {type(error).__name__}") from None


def _told(error: ClientError, reference: str) -> ConfigError | UnavailableError:
    code = error.response["Error"]["Code"]
    if code == "ParameterAlreadyExists":
        remedy = "is there already: --overwrite replaces it"
        return ConfigError(Problem("secret", reference, remedy))
    if code in _REFUSED:
        remedy = f"ssm:PutParameter for {reference} was refused: allow it to who asks"
        return CredentialsError(remedy)
    return UnavailableError(f"ssm:PutParameter for {reference} failed ({code})")
