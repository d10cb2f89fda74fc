"""The end-to-end checks of the embedded stack, word for word, against the containers."""

import pytest

from tests.e2e.test_changes_arrive import *  # noqa: F403
from tests.e2e.test_dashboard import *  # noqa: F403
from tests.e2e.test_sinks import *  # noqa: F403

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1800)]
