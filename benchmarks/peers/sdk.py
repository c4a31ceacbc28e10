"""hubspot-api-client: the batch API in a loop, with the retries of its README."""

import json
import sys
from pathlib import Path

from hubspot import HubSpot
from hubspot.crm.objects.calls import (
    BatchInputSimplePublicObjectBatchInputForCreate,
    SimplePublicObjectBatchInputForCreate,
)
from hubspot.crm.objects.calls.exceptions import ApiException
from urllib3.util.retry import Retry

url, token, path = sys.argv[1:4]
retry = Retry(total=5, backoff_factor=0.3, status_forcelist=(429, 500, 502, 504))
client = HubSpot(access_token=token, retry=retry, host=url)
inputs = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
failed = 0
for start in range(0, len(inputs), 100):
    batch = [SimplePublicObjectBatchInputForCreate(**item) for item in inputs[start : start + 100]]
    try:
        client.crm.objects.calls.batch_api.create(BatchInputSimplePublicObjectBatchInputForCreate(inputs=batch))
    except ApiException as error:
        failed += len(batch)
        print(f"Exception when creating calls: {error.status} {error.reason}", file=sys.stderr)
print(f"{len(inputs) - failed} of {len(inputs)} created")
