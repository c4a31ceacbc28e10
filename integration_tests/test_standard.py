"""The CDK's own tests of destinations, as Airbyte runs them; `acceptance-test-config.yml` says on what."""

from airbyte_cdk.test.standard_tests import DestinationTestSuiteBase
from airbyte_cdk.test.standard_tests.pytest_hooks import pytest_generate_tests

from destination_hubspot_calls import DestinationHubspotCalls

__all__ = ["TestStandard", "pytest_generate_tests"]


class TestStandard(DestinationTestSuiteBase):
    """Those that need an image are run where there is one."""

    connector = DestinationHubspotCalls
