"""The command line: `minipublic`, or `python -m bot`.

What takes long to import is imported by the command that needs it: most commands serve nobody.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot import commands
from bot.broadcast_commands import broadcast_app
from bot.commands import err, out
from bot.export_commands import add_export_commands
from bot.invite_commands import invite_app
from bot.invoking import refusing, settings_of, with_database
from bot.invoking import run as run_to_end
from bot.organiser_commands import organiser_app
from bot.packs.faults import PackRefused
from bot.packs.load import read_pack
from bot.preview_commands import preview
from bot.settings import Role, read_settings
from bot.storage.database import Database
from bot.storage.deliberations import load_pack
from bot.storage.schema import migrate, require_schema
from bot.time_zone_commands import time_zone_app
from bot.wave_commands import wave_app

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A chat bot through which citizens take part in deliberative processes. "
    "Settings come from the environment (MINIPUBLIC_...) and from .env; `minipublic doctor` "
    "shows them, docs/settings.md explains them.",
)
app.add_typer(wave_app, name="wave")
bot_app = typer.Typer(no_args_is_help=True, help="Say which deliberation a bot serves.")
app.add_typer(bot_app, name="bot")
app.add_typer(broadcast_app, name="broadcast")
app.add_typer(organiser_app, name="organiser")
app.add_typer(invite_app, name="invite")
app.add_typer(time_zone_app, name="timezone")

PackPath = Annotated[Path, typer.Argument(help="The folder of the pack.", show_default=False)]


@app.command()
def demo() -> None:
    """Run the example deliberation: every role in one process, on SQLite by default."""
    settings = settings_of()
    from bot import serving

    run_to_end(serving.demo(settings))


@app.command()
def run(
    role: Annotated[
        list[Role] | None, typer.Option(help="Only these roles; may be repeated.")
    ] = None,
) -> None:
    """Serve: all roles, or some."""
    from bot import serving

    run_to_end(serving.run(settings_of(), role or []))


@app.command(name="migrate")
def migrate_command() -> None:
    """Bring the database to the current schema."""

    async def work(database: Database) -> None:
        await migrate(database)

    with_database(work)
    out.print("The database has the current schema.")


@app.command()
def check(pack: PackPath) -> None:
    """Validate a pack; every fault with file and row; exit 1 if there are any."""
    try:
        found = read_pack(pack)
    except PackRefused as refused:
        for fault in refused.faults:
            err.print(str(fault), markup=False, soft_wrap=True)
        err.print(f"{len(refused.faults)} fault(s) in {pack}", markup=False)
        raise typer.Exit(1) from None
    out.print(f"{pack}: no faults. {len(found.languages)} languages, "
              f"{len(found.questionnaires)} questionnaires, {len(found.briefings)} briefings, "
              f"{len(found.waves)} waves.", markup=False)  # fmt: skip
    if found.needs_review:
        out.print(f"Not yet reviewed by a native speaker: {', '.join(found.needs_review)}")


app.command()(preview)


@app.command()
def load(
    pack: PackPath,
    new_version: Annotated[
        bool,
        typer.Option(
            "--new-version", help="Make a new version of each questionnaire that is locked."
        ),
    ] = False,
    withdraw_open: Annotated[
        bool,
        typer.Option("--withdraw-open", help="Close open waves that are no longer in the pack."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only print what would change.")
    ] = False,
) -> None:
    """Create or update a deliberation from a folder; loading it again changes nothing."""
    found = refusing(lambda: read_pack(pack))

    async def work(database: Database) -> None:
        await require_schema(database)
        loaded = await load_pack(
            database,
            found,
            datetime.now(UTC),
            new_version=new_version,
            withdraw_open=withdraw_open,
            dry_run=dry_run,
        )
        changes = loaded.changes or ["nothing has changed"]
        rehearsed = ["dry run: nothing was stored"] if dry_run else []
        for line in [*changes, *loaded.notes, *rehearsed]:
            out.print(line, markup=False, emoji=False, soft_wrap=True)

    with_database(work)


add_export_commands(app)


@bot_app.command(name="bind")
def bind_bot(
    bot: Annotated[str, typer.Argument(help="The number before the colon of its token.")],
    code: Annotated[str, typer.Argument(help="The deliberation it serves.")],
) -> None:
    """Bind a Telegram bot to a deliberation; needed where there are several."""
    run_to_end(commands.bind(settings_of(), bot, code))
    out.print(f"Bot {bot} serves {code}.")


@app.command()
def chat(
    citizen: Annotated[
        str, typer.Option("--as", help="A name for this citizen; another is another person.")
    ] = "you",
    language: Annotated[
        str | None, typer.Option(help="The first language offered, such as fr.")
    ] = None,
) -> None:
    """Talk to it here in the terminal: no token, no network. /quit or Ctrl-D ends it."""
    from bot import serving

    run_to_end(serving.chat(settings_of(quiet=True), citizen, language))


@app.command(name="doctor")
def doctor_command() -> None:
    """Look at settings, database and channels: what is wrong, and how to mend it."""
    from bot import doctor

    if not run_to_end(doctor.examine(refusing(read_settings))):
        raise typer.Exit(1)


def main() -> None:
    app()


if __name__ == "__main__":
    main()
