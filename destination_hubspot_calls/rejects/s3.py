"""Rejected records in a bucket of S3, or of a store that speaks its language. The only file that knows boto3."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import re
import secrets
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - its name there
    CredentialRetrievalError,
    HTTPClientError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
)

from destination_hubspot_calls.config.model import S3Storage
from destination_hubspot_calls.messages import Rejection
from destination_hubspot_calls.rejects.line import encode
from destination_hubspot_calls.rejects.store import StoreError, StoreUnavailable

if TYPE_CHECKING:  # the stubs are a tool of the tests
    from mypy_boto3_s3 import S3Client

CONNECT_TIMEOUT = 10
READ_TIMEOUT = 30
"""Seconds for each try."""
TRIES = 4
"""How often a request is sent in all, with growing pauses: a dead store ends the sync within three minutes."""

PROBE = "connection-test.txt"
"""One name, so that no more than one object stays where deleting is forbidden."""
PROBE_TEXT = b"Airbyte's HubSpot Calls destination writes this to see that it may. It can be deleted.\n"

BUCKET = "there is no such bucket; create it, or correct s3_bucket_name and s3_bucket_region"
KEYS = "the key pair is not accepted; correct access_key_id and secret_access_key"
RIGHTS = "the key or role must be allowed s3:PutObject (and, for an encrypted bucket, the use of its key)"
REGION = "the bucket is in another region; correct s3_bucket_region"
ROLE = (
    "no key pair is configured, and this machine has no role that works; enter access_key_id and secret_access_key, "
    "or give the machine a role"
)
NO_S3 = "what answers is no S3; correct s3_endpoint"

# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
ADVICE = {
    "NoSuchBucket": BUCKET,
    "InvalidBucketName": BUCKET,
    "InvalidAccessKeyId": KEYS,
    "SignatureDoesNotMatch": KEYS,
    "AccessDenied": RIGHTS,
    "AllAccessDisabled": RIGHTS,
    "AccountProblem": RIGHTS,
    "KMS.DisabledException": RIGHTS,
    "KMS.NotFoundException": RIGHTS,
    "ExpiredToken": ROLE,
    "InvalidToken": ROLE,
    "TokenRefreshRequired": ROLE,
    "PermanentRedirect": REGION,
    "TemporaryRedirect": REGION,
    "AuthorizationHeaderMalformed": REGION,
    "IllegalLocationConstraintException": REGION,
    "RequestTimeTooSkewed": "the clock of the machine is wrong; set it",
}
BY_STATUS = {301: REGION, 307: REGION, 401: KEYS, 403: RIGHTS, 404: BUCKET}


class S3Rejects:
    """Objects in a bucket, one for what settles together; an object that S3 confirmed survives.

    `folder` is where in the bucket, without slashes around it. `client` is a boto3 client of S3.
    """

    def __init__(self, client: S3Client, bucket: str, folder: str, *, host: str = "Amazon S3") -> None:
        self._client = client
        self._bucket = bucket
        self._folder = folder
        self._host = host
        self._job = os.environ.get("WORKER_JOB_ID", "")
        self._name = _name()
        self._stored = 0

    @property
    def place(self) -> str:
        """The folder of this job."""
        return f"s3://{_path(self._bucket, self._folder, self._job)}"

    def probe(self) -> None:
        """Write a small object, and delete it where that is allowed: no other right than s3:PutObject is needed."""
        key = _path(self._folder, PROBE)
        self._put(key, PROBE_TEXT, "text/plain")
        with contextlib.suppress(BotoCoreError, ClientError):
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def store(self, rejections: Sequence[Rejection]) -> None:
        """Write them as one object."""
        self._stored += 1
        key = _path(self._folder, self._job, f"{self._name}-{self._stored:06d}.jsonl")
        self._put(key, b"".join(map(encode, rejections)), "application/x-ndjson")

    def _put(self, key: str, data: bytes, content_type: str) -> None:
        digest = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
        try:
            answer = self._client.put_object(
                Bucket=self._bucket, Key=key, Body=data, ContentType=content_type, ContentMD5=digest
            )
        except (BotoCoreError, ClientError) as error:
            raise self._error(error) from None
        if not answer.get("ETag"):  # S3 always names what it keeps; a web server says 200 to anything
            raise self._told("", NO_S3)

    def _error(self, error: BotoCoreError | ClientError) -> StoreError:
        """Our own words: those of a server may quote a key."""
        if isinstance(error, ClientError):
            return self._refused(error)
        kind = type(error).__name__
        match error:
            case NoCredentialsError() | PartialCredentialsError() | CredentialRetrievalError():
                return self._told(kind, ROLE)
            case NoRegionError() | InvalidRegionError():
                return self._told(kind, "correct s3_bucket_region")
            case ParamValidationError():
                return self._told(kind, "correct s3_bucket_name: no bucket can have this name")
            case ConnectionError() | HTTPClientError():
                return StoreUnavailable(
                    f"{self._beginning(kind)}: {self._host} cannot be reached; see that it can be from where Airbyte "
                    "runs, and that s3_endpoint and s3_bucket_region are right"
                )
            case _:
                return self._told(kind, "see that the settings are right")

    def _refused(self, error: ClientError) -> StoreError:
        code = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        named = code if re.fullmatch(r"[A-Za-z][A-Za-z.]{2,49}", code) else f"status {status}"
        if status >= 500 or code in {"SlowDown", "RequestTimeout"}:
            return StoreUnavailable(
                f"{self._beginning(named)}: {self._host} does not answer as it should, again and again; see that it "
                "is an S3 (s3_endpoint), and run the sync again later"
            )
        return self._told(named, ADVICE.get(code) or BY_STATUS.get(status) or NO_S3)

    def _told(self, code: str, advice: str) -> StoreError:
        return StoreError(
            f"{self._beginning(code)}: {advice}. Or choose another store of rejected records in object_storage_config"
        )

    def _beginning(self, code: str) -> str:
        place = f"s3://{_path(self._bucket, self._folder)}"
        return f"Rejected records cannot be stored in {place}" + (f" ({code})" if code else "")


def open_bucket(storage: S3Storage) -> S3Rejects:
    """The configured bucket; nothing is sent yet. Raises StoreError."""
    try:
        client: S3Client = boto3.client(
            "s3",
            region_name=storage.s3_bucket_region or None,
            endpoint_url=storage.s3_endpoint,
            aws_access_key_id=storage.access_key_id,
            aws_secret_access_key=storage.secret_access_key,
            config=_settings(by_path=storage.s3_endpoint is not None),
        )
    except (BotoCoreError, ValueError) as error:
        raise StoreError(
            f"Rejected records cannot be stored in S3 ({type(error).__name__}): correct s3_bucket_region and "
            "s3_endpoint, or choose another store in object_storage_config"
        ) from None
    host = urlsplit(storage.s3_endpoint or "").hostname
    return S3Rejects(client, storage.s3_bucket_name, storage.bucket_path.strip("/"), **({"host": host} if host else {}))


def _settings(*, by_path: bool) -> Config:
    return Config(
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        retries={"mode": "standard", "total_max_attempts": TRIES},
        # Stores other than Amazon's rarely have a host name for each bucket.
        s3={"addressing_style": "path"} if by_path else None,
        # What we send has a Content-MD5, which every such store knows; not all know botocore's newer checksums.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )


def _path(*parts: str) -> str:
    return "/".join(filter(None, parts))


def _name() -> str:
    """A name of its own for each attempt of each sync; in pods all processes have the same number, so a random end."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    parts = (os.environ.get("WORKER_JOB_ATTEMPT"), secrets.token_hex(4))
    return "-".join(["rejected", stamp, *filter(None, parts)])
