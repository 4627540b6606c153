"""Logs for people (`console`) or collectors (`json`): pseudonyms only, no texts, no addresses."""

import logging
import sys
import traceback

import structlog


def configure_logs(style: str, level: int = logging.INFO) -> None:
    """Send everything to standard error. Tracebacks are printed without the values in them."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if style == "json"
        else [
            structlog.dev.ConsoleRenderer(
                exception_formatter=structlog.dev.plain_traceback, colors=sys.stderr.isatty()
            )
        ]
    )
    structlog.configure(
        processors=[*shared, *renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(message)s"
    )
    for chatty in ("httpx", "apscheduler", "aiogram", "telegram"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def without_values(error: BaseException) -> dict[str, str]:
    """An error for the log: its kind and the lines of code, for its words may hold a citizen's."""
    return {
        "error": type(error).__name__,
        "where": "".join(traceback.format_tb(error.__traceback__)),
    }
