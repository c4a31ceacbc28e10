import sys

from integration_tests.sandbox.server import main

sys.exit(main())
