"""The end-to-end checks of the embedded stack, word for word, against the containers."""

import pytest

from tests.e2e.test_changes_arrive import *  # noqa: F403
from tests.e2e.test_dashboard import *  # noqa: F403
from tests.e2e.test_sinks import *  # noqa: F403

# How a page is laid out on a phone is the page's doing alone.
del test_a_phone_shows_charts_below_each_other_and_no_wider_than_itself  # noqa: F821

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1800)]
