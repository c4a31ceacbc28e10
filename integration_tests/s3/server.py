"""An S3 as a program beside the tests: started, looked into, and stopped."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

import boto3
import requests
from typing_extensions import Self

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REGION: Final = "eu-central-1"
KEY_PAIR = {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "no-secret"}
_ROOT = Path(__file__).resolve().parents[2]


class S3Server:
    """A context manager: inside it the program runs. It ends with this process, whose pipe it reads."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-W", "ignore", "-m", "integration_tests.s3"]
        self._process = subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self.url: str = json.loads(self._process.stdout.readline())["listening"]
        self.client: S3Client = boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=KEY_PAIR["access_key_id"],
            aws_secret_access_key=KEY_PAIR["secret_access_key"],
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()
        self._process.communicate()

    def settings(self, bucket: str, **more: str) -> dict[str, str]:
        """`object_storage_config` for a bucket here."""
        place = {"s3_bucket_name": bucket, "s3_bucket_region": REGION, "s3_endpoint": self.url}
        return {"storage_type": "S3", "bucket_path": "hubspot/rejected", **place, **KEY_PAIR, **more}

    def add_bucket(self, name: str) -> str:
        self.client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        return name

    def remove_bucket(self, name: str) -> None:
        for key in self.objects(name):
            self.client.delete_object(Bucket=name, Key=key)
        self.client.delete_bucket(Bucket=name)

    def objects(self, bucket: str) -> dict[str, bytes]:
        """What a bucket holds, by key."""
        listed = self.client.list_objects_v2(Bucket=bucket).get("Contents", ())
        keys = [item["Key"] for item in listed]
        return {key: self.client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    def add_user(self, *actions: str) -> dict[str, str]:
        """A key pair that may do nothing but `actions`, once `judge_rights` was called."""
        iam = boto3.client(
            "iam",
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=KEY_PAIR["access_key_id"],
            aws_secret_access_key=KEY_PAIR["secret_access_key"],
        )
        name = "-".join(["may", *actions]).replace(":", "-")
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="rights", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        iam.close()
        return {"access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]}

    def judge_rights(self) -> None:
        """From now on every request needs the rights for what it does."""
        requests.post(f"{self.url}/moto-api/reset-auth", data=b"0", timeout=10).raise_for_status()

    def ignore_rights(self) -> None:
        """From now on everybody may do everything."""
        requests.post(f"{self.url}/moto-api/reset-auth", data=b"inf", timeout=10).raise_for_status()
