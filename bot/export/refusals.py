"""What an export may be refused for; each refusal stands beside its rule."""


class ExportRefused(Exception):
    """The export was not made. The message says what is wrong and what to do."""
