"""Rejected records in a bucket of S3, or of a store that speaks its language. The only file that knows boto3."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import re
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
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
from destination_hubspot_calls.messages import Rejection, Unlinked
from destination_hubspot_calls.rejects.line import encode, encode_unlinked, pieces
from destination_hubspot_calls.rejects.store import StoreError, StoreUnavailable

if TYPE_CHECKING:  # the stubs are a tool of the tests
    from mypy_boto3_s3 import S3Client

CONNECT_TIMEOUT = 10
READ_TIMEOUT = 30
"""Seconds for each try."""
MAX_ATTEMPTS = 4
"""How often a request is sent in all, with growing pauses: a dead store ends the sync within three minutes."""

SLOW_DOWN_PATIENCE = 180.0
"""Seconds that an object is tried for while the bucket asks to slow down, besides the tries above."""
PIECE = 8_000_000
"""Bytes of an object: what settles together may be 64 MB."""

Pause = Callable[[float], None]
"""Sleeps so many seconds; raises Stopped if the process is to stop."""

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


class SlowDown(StoreUnavailable):
    """The bucket asks for fewer requests at a time."""


class S3Rejects:
    """Objects in a bucket, one for what settles together; an object that S3 confirmed survives.

    `folder` is where in the bucket, without slashes around it. `client` is a boto3 client of S3.
    """

    def __init__(
        self, client: S3Client, bucket: str, folder: str, *, pause: Pause = time.sleep, host: str = "Amazon S3"
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._folder = folder
        self._host = host
        self._pause = pause
        self._job = os.environ.get("WORKER_JOB_ID", "")
        self._name = _name()
        self._stored = 0
        self._failure: StoreError | None = None

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

    @property
    def unlinked_place(self) -> str:
        """The same folder: names of objects tell them apart."""
        return self.place

    def store(self, rejections: Sequence[Rejection]) -> None:
        """Write them as one object, or several of 8 MB. A bucket that was given up is not tried again."""
        self._store("rejected", map(encode, rejections))

    def keep_page(self, page: str) -> None:
        """Write it as one object."""
        key = _path(self._folder, self._job, f"report-{self._name}.html")
        self._put(key, page.encode("utf-8", "replace"), "text/html; charset=utf-8")

    def store_unlinked(self, unlinked: Sequence[Unlinked]) -> None:
        """The same."""
        self._store("unlinked", map(encode_unlinked, unlinked))

    def _store(self, kind: str, lines: Iterable[bytes]) -> None:
        if self._failure is not None:
            raise self._failure
        try:
            for data in pieces(lines, PIECE):
                self._stored += 1
                key = _path(self._folder, self._job, f"{kind}-{self._name}-{self._stored:06d}.jsonl")
                self._put_patiently(key, data)
        except StoreError as error:
            self._failure = error
            raise

    def _put_patiently(self, key: str, data: bytes) -> None:
        """Write an object; a bucket that asks for less at a time is given minutes."""
        waited = 0.0
        seconds = 1.0
        while True:
            try:
                self._put(key, data, "application/x-ndjson")
            except SlowDown:
                if waited + seconds > SLOW_DOWN_PATIENCE:
                    raise
            else:
                return
            self._pause(seconds)
            waited += seconds
            seconds = min(2 * seconds, 30.0)

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
            kind = SlowDown if code == "SlowDown" else StoreUnavailable
            return kind(
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


def open_bucket(storage: S3Storage, pause: Pause) -> S3Rejects:
    """The configured bucket; nothing is sent yet. Raises StoreError."""
    try:
        client: S3Client = boto3.client(
            "s3",
            region_name=storage.s3_bucket_region or None,
            endpoint_url=storage.s3_endpoint,
            aws_access_key_id=storage.access_key_id,
            aws_secret_access_key=storage.secret_access_key,
            config=_settings(),
        )
    except (BotoCoreError, ValueError) as error:
        raise StoreError(
            f"Rejected records cannot be stored in S3 ({type(error).__name__}): correct s3_bucket_region and "
            "s3_endpoint, or choose another store in object_storage_config"
        ) from None
    host = urlsplit(storage.s3_endpoint or "").hostname
    folder = storage.bucket_path.strip("/")
    return S3Rejects(client, storage.s3_bucket_name, folder, pause=pause, **({"host": host} if host else {}))


def _settings() -> Config:
    return Config(
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        retries={"mode": "standard", "total_max_attempts": MAX_ATTEMPTS},
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
    return "-".join([stamp, *filter(None, parts)])
