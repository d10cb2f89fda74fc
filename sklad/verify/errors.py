"""What ends a comparison without a verdict."""

from sklad.errors import SkladError


class UndecidedError(SkladError):
    """The sides could not be compared exactly: something is down, far behind, or was loaded anew meanwhile."""
