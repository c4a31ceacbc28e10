"""Rejected records in S3: kept, in the right place, and where they cannot be kept, in words that help."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from subprocess import run
from typing import Any, ClassVar

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from destination_hubspot_calls.config.model import S3Storage
from destination_hubspot_calls.messages import Rejection, Stream, Unlinked
from destination_hubspot_calls.rejects import Rejects, StoreError, StoreUnavailable, open_rejects
from destination_hubspot_calls.rejects import s3 as module
from destination_hubspot_calls.rejects.s3 import S3Rejects
from integration_tests.s3.server import KEY_PAIR, S3Server
from unit_tests.entries import link_rule

LINE = b'{"type":"RECORD","record":{"stream":"calls","data":{"id":7},"emitted_at":1}}'
REJECTION = Rejection(Stream("calls"), "7", "hs_timestamp: missing", LINE, rule="mappings[0]", detail="said 7")


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with S3Server() as running:
        yield running


@pytest.fixture
def bucket(server: S3Server, request: pytest.FixtureRequest) -> str:
    return server.add_bucket(request.node.name.strip("]").replace("_", "-").replace("[", "-").lower()[:60])


@pytest.fixture(autouse=True)
def _no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WORKER_JOB_ID", "WORKER_JOB_ATTEMPT"):
        monkeypatch.delenv(name, raising=False)


def opened(server: S3Server, bucket: str, **more: Any) -> Rejects:
    return open_rejects(S3Storage.model_validate(server.settings(bucket, **more)))


def test_what_settles_together_is_one_object_that_can_be_replayed(server: S3Server, bucket: str) -> None:
    """An object a record would cost a request each, and a line that is no RECORD could not be sent again."""
    rejects = opened(server, bucket)
    rejects.store([REJECTION, REJECTION])
    rejects.store([REJECTION])
    first, second = server.objects(bucket).values()
    assert first == second * 2
    assert json.loads(second) == {
        **json.loads(LINE),
        "rejection": {"reason": "hs_timestamp: missing", "rule": "mappings[0]", "hubspot": "said 7", "key": "7"},
    }


def test_calls_without_a_link_are_objects_of_their_own(server: S3Server, bucket: str) -> None:
    """Whoever sends the rejected ones again must not send these."""
    rejects = opened(server, bucket)
    rejects.store([REJECTION])
    rejects.store_unlinked([Unlinked(REJECTION.stream, "7", LINE, link_rule(), "nobody has it", "999")])
    assert rejects.unlinked_place == rejects.place
    rejected, unlinked = sorted(server.objects(bucket))
    assert rejected.rpartition("/")[2].startswith("rejected-")
    assert unlinked.rpartition("/")[2].startswith("unlinked-")
    assert json.loads(server.objects(bucket)[unlinked])["unlinked"]["value"] == "999"


@pytest.mark.parametrize(
    ("path", "job", "folder"),
    [
        ("hubspot/rejected", "4711", "hubspot/rejected/4711"),
        ("/hubspot/rejected/", "4711", "hubspot/rejected/4711"),
        ("hubspot/rejected", None, "hubspot/rejected"),
        ("", "4711", "4711"),
        ("", None, ""),
    ],
)
def test_each_job_has_its_folder(
    server: S3Server, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, path: str, job: str, folder: str
) -> None:
    """Whoever looks for the rows of a failed sync knows its job."""
    bucket = server.add_bucket(f"folders-{request.node.callspec.id.lower().replace('/', '.').replace('_', '.')}")
    if job:
        monkeypatch.setenv("WORKER_JOB_ID", job)
    rejects = opened(server, bucket, bucket_path=path)
    rejects.store([REJECTION])
    (key,) = server.objects(bucket)
    assert key.rpartition("/")[0] == folder
    assert key.endswith(".jsonl")
    assert rejects.place == f"s3://{bucket}/{folder}".rstrip("/")


def test_two_syncs_at_once_keep_apart(server: S3Server, bucket: str) -> None:
    """In pods every process has the same number, and a second is long: one would overwrite the other's rows."""
    for rejects in (opened(server, bucket), opened(server, bucket)):
        rejects.store([REJECTION])
    assert len(server.objects(bucket)) == 2


def test_a_probe_leaves_nothing(server: S3Server, bucket: str) -> None:
    """Each sync begins with one."""
    opened(server, bucket).probe()
    assert server.objects(bucket) == {}


def test_the_right_to_write_is_enough(server: S3Server, bucket: str) -> None:
    """A bucket that nobody may delete from is what careful people configure; then one object stays, not one a sync."""
    may_write = server.add_user("s3:PutObject")
    may_read = server.add_user("s3:GetObject")
    server.judge_rights()
    try:
        for _ in range(2):
            opened(server, bucket, **may_write).probe()
        opened(server, bucket, **may_write).store([REJECTION])
        with pytest.raises(StoreError, match=r"AccessDenied.*s3:PutObject"):
            opened(server, bucket, **may_read).probe()
        with pytest.raises(StoreError, match=r"InvalidAccessKeyId.*access_key_id and secret_access_key") as refused:
            opened(server, bucket).probe()
    finally:
        server.ignore_rights()
    assert len(server.objects(bucket)) == 2
    assert KEY_PAIR["access_key_id"] not in str(refused.value)


def test_a_missing_bucket_is_named(server: S3Server) -> None:
    """The most common mistake, and the message of the server does not name the field to change."""
    with pytest.raises(StoreError, match=r"s3://nobody-made-me/hubspot/rejected \(NoSuchBucket\).*s3_bucket_name"):
        opened(server, "nobody-made-me").probe()


def test_an_impossible_name_is_named(server: S3Server) -> None:
    """botocore judges it before it sends anything, in an error of another kind."""
    with pytest.raises(StoreError, match="no bucket can have this name"):
        opened(server, "a bucket?").probe()


def test_a_store_out_of_reach_is_tried_later(server: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that is down is nobody's mistake: Airbyte may try the sync again."""
    monkeypatch.setattr(module, "MAX_ATTEMPTS", 1)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with pytest.raises(StoreUnavailable, match=r"127\.0\.0\.1 cannot be reached.*s3_endpoint"):
            opened(server, bucket, s3_endpoint=endpoint).store([REJECTION])


class Web(BaseHTTPRequestHandler):
    """Any web server: it answers 200 to everything, or what its path says."""

    protocol_version = "HTTP/1.1"
    paths: ClassVar[list[str]] = []

    signed: ClassVar[list[str]] = []

    def do_PUT(self) -> None:
        self.signed.append(self.headers["Authorization"])
        self.rfile.read(int(self.headers["Content-Length"]))
        status = int(self.path.split("/")[1].removeprefix("status-")) if "status-" in self.path else 200
        self.send_response(status)
        body = b"<html><body>Hello</body></html>" if "page" in self.path else b"Hello"
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def do_CONNECT(self) -> None:
        self.paths.append(self.path)
        self.send_error(502)

    def log_request(self, *_: object) -> None:
        pass


@pytest.fixture
def web() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Web) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("bucket", "error", "words"),
    [
        ("page", StoreError, "what answers is no S3; correct s3_endpoint"),
        ("words", StoreUnavailable, "does not answer as it should.*s3_endpoint"),
        ("status-405", StoreError, "status 405.*what answers is no S3"),
        ("status-403", StoreError, "403.*s3:PutObject"),
        ("status-404", StoreError, "404.*no such bucket"),
        ("status-503", StoreUnavailable, "503.*run the sync again later"),
    ],
)
def test_a_server_that_keeps_nothing_is_not_believed(
    server: S3Server, monkeypatch: pytest.MonkeyPatch, web: str, bucket: str, error: type[StoreError], words: str
) -> None:
    """A proxy's or a console's 200 says nothing about the rows."""
    monkeypatch.setattr(module, "MAX_ATTEMPTS", 1)
    with pytest.raises(StoreError, match=words) as refused:
        opened(server, bucket, s3_endpoint=web).store([REJECTION])
    assert type(refused.value) is error


def test_a_store_needs_no_host_name_for_each_bucket(
    server: S3Server, web: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stores other than Amazon's rarely have one: the bucket stands in the path."""
    monkeypatch.setattr(module, "MAX_ATTEMPTS", 1)
    monkeypatch.setenv("HTTPS_PROXY", web)
    with pytest.raises(StoreUnavailable):
        opened(server, "bucket", s3_endpoint="https://store.example").store([REJECTION])
    assert Web.paths[-1] == "store.example:443"


@pytest.mark.parametrize(("region", "used"), [("eu-central-1", "eu-central-1"), ("", "sa-east-1")])
def test_a_request_is_signed_for_the_buckets_region(
    server: S3Server, web: str, monkeypatch: pytest.MonkeyPatch, region: str, used: str
) -> None:
    """S3 refuses any other; where none is configured, the machine's own counts."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "sa-east-1")
    with pytest.raises(StoreError, match="no S3"):
        opened(server, "page", s3_endpoint=web, s3_bucket_region=region).store([REJECTION])
    assert f"/{used}/s3/aws4_request" in Web.signed[-1]


def test_an_address_that_is_none_is_named(server: S3Server) -> None:
    """boto3 complains of it when a client is made, with the address in its words."""
    with pytest.raises(StoreError, match="s3_endpoint"):
        opened(server, "any", s3_endpoint="https://no_host!/")


class Client:
    """A boto3 client that fails: with each error once, or with a single one always."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.always = len(errors) == 1
        self.asked = 0

    def put_object(self, **_: object) -> dict[str, str]:
        self.asked += 1
        if self.errors:
            raise self.errors[0] if self.always else self.errors.pop()
        return {"ETag": "kept"}


def refused_with(status: int, code: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "PutObject")  # type: ignore[typeddict-item]  # no server tells all of it


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NoCredentialsError(), "no role that works; enter access_key_id"),
        (ClientError({"Error": {"Code": "ExpiredToken", "Message": "secret"}}, "PutObject"), "no role that works"),
        (ClientError({"Error": {"Code": "SignatureDoesNotMatch"}}, "PutObject"), "correct access_key_id"),
        (ClientError({"Error": {"Code": "PermanentRedirect"}}, "PutObject"), "correct s3_bucket_region"),
        (ClientError({"Error": {"Code": "SlowDown", "Message": "secret"}}, "PutObject"), "SlowDown.*later"),
        (ClientError({"Error": {"Code": "secret of a server"}}, "PutObject"), "status 0"),
        (ClientError({}, "PutObject"), "status 0"),
        (refused_with(499), "status 499.*correct s3_endpoint"),
        (refused_with(301), "status 301.*correct s3_bucket_region"),
        (refused_with(307), "status 307.*correct s3_bucket_region"),
        (refused_with(401), "status 401.*correct access_key_id"),
    ],
)
def test_each_refusal_says_what_to_change(error: Exception, words: str) -> None:
    """Whoever reads it knows S3 by its form in Airbyte only, and a server's own words may quote a key."""
    client: Any = Client(error)
    with pytest.raises(StoreError, match=words) as refused:
        S3Rejects(client, "bucket", "folder", pause=lambda _: None).store([REJECTION])
    assert "secret of" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_a_bucket_that_asks_to_slow_down_is_given_minutes() -> None:
    """It keeps what it was asked to keep once it is asked more slowly; a sync of hours need not end for it."""
    slow = ClientError({"Error": {"Code": "SlowDown"}}, "PutObject")
    client: Any = Client(*[slow] * 5)
    waits: list[float] = []
    S3Rejects(client, "bucket", "folder", pause=waits.append).store([REJECTION])
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0]


@pytest.mark.parametrize(
    ("error", "minutes"),
    [
        (refused_with(503, "SlowDown"), [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0, 30.0]),
        (refused_with(503, "ServiceUnavailable"), []),
        (refused_with(503, "Unavailable"), []),
    ],
)
def test_a_bucket_is_given_no_more_than_three_minutes_and_one_that_does_not_ask_none(
    error: ClientError, minutes: list[float]
) -> None:
    """No state leaves meanwhile, and the client has tried a store that is out of order four times already."""
    client: Any = Client(error)
    waits: list[float] = []
    with pytest.raises(StoreUnavailable, match="run the sync again later"):
        S3Rejects(client, "bucket", "folder", pause=waits.append).store([REJECTION])
    assert waits == minutes


def test_a_bucket_that_was_given_up_is_not_tried_again() -> None:
    """On the way out the same rows would be stored once more, and a store that hangs took another two minutes."""
    client: Any = Client(ClientError({"Error": {"Code": "AccessDenied"}}, "PutObject"))
    store = S3Rejects(client, "bucket", "folder")
    for _ in range(2):
        with pytest.raises(StoreError, match="AccessDenied"):
            store.store([REJECTION])
    assert client.asked == 1


def test_boto3_is_imported_where_it_is_used_only() -> None:
    """Most syncs keep their rejected rows elsewhere or nowhere (what others import of boto3 is not ours to say)."""
    room = "destination_hubspot_calls.rejects"
    program = f"import sys, {room}; sys.exit('{room}.local' not in sys.modules or '{room}.s3' in sys.modules)"
    assert run([sys.executable, "-c", program], check=False).returncode == 0
