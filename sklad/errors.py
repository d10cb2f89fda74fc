"""Every error that Sklad raises on purpose. A message says what failed, where, and what to do about it."""


class SkladError(Exception):
    """Base of all errors meant for a person: the command line prints them without a traceback and exits with 1."""


class SettingsError(SkladError):
    """A setting in `.env` or the environment is missing, malformed or unsafe."""


class PreflightError(SkladError):
    """This machine can't run the stack as it stands: a port is taken, memory is short, a CPU feature missing."""


class InstallError(SkladError):
    """A package or jar could not be installed or does not match its checksum."""


class DeadlineError(SkladError):
    """A condition was not met in time; the message says which one and how long it was waited for."""


class ServiceError(SkladError):
    """A service of the stack refused or failed what it was asked to do."""


class BackupError(SkladError):
    """A backup can't be written, is damaged, or is not for this stack."""


class StepError(SkladError):
    """A step met something that it could not foresee in detail, such as an engine that went away."""


class GivenUpError(SkladError):
    """A wait was ended early, since what it waits for is no longer wanted: another step failed, or Ctrl-C."""
