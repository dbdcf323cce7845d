"""Signs calls for AWS, with the credentials of whoever runs us (Signature Version 4)."""

from __future__ import annotations

from collections.abc import Mapping

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.session import Session

from application.ports import StoreUnusable

SERVICE = "es"


class Signature:
    """Headers for calls to a domain of Amazon OpenSearch Service."""

    def __init__(self, session: Session) -> None:
        """Credentials and region are those of the session. Raises StoreUnusable without."""
        credentials, region = session.get_credentials(), session.get_config_variable("region")
        if credentials is None or region is None:
            raise StoreUnusable(path="OpenSearch", reason="neither credentials nor region of AWS")
        self._signer = SigV4Auth(credentials, SERVICE, region)

    def __call__(self, method: str, url: str, body: bytes | None) -> Mapping[str, str]:
        """Headers that say who calls."""
        request = AWSRequest(method=method, url=url, data=body)
        self._signer.add_auth(request)
        return dict(request.headers.items())
