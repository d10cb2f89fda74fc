"""Every error that the generator raises on purpose. A message says what failed, where, and what to do about it."""


class GeneratorError(Exception):
    """Base of all errors meant for a person: the command line prints them without a traceback and exits with 1."""


class OptionError(GeneratorError):
    """An option, or a combination of options, can't be served."""


class OutputError(GeneratorError):
    """A file can't be written."""


class WorkloadError(GeneratorError):
    """The live workload can't go on: the database is unreachable, refuses, or holds nothing to move."""
