"""`questionnaires/media/`: the pictures, sounds and films that items show."""

from collections.abc import Mapping
from pathlib import Path

from bot.domain.questionnaire import MediaKind
from bot.packs.faults import Fault, Report, shown, suggestion
from bot.packs.files import listed
from bot.packs.texts import MEGABYTE, PICTURES, SOUNDS

FOLDER = "questionnaires/media"

#: Kind → suffixes, and most megabytes. https://core.telegram.org/bots/api#sending-files
KINDS: Mapping[MediaKind, tuple[tuple[str, ...], int]] = {
    MediaKind.IMAGE: (PICTURES, 10),
    MediaKind.AUDIO: (SOUNDS, 50),
    MediaKind.VIDEO: ((".mp4",), 50),
}


class MediaFiles:
    """The folder, and which of its files are shown."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the one with the questionnaires."""
        self._files = {path.name: path for path in listed(folder / "media")}
        self._named: set[str] = set()
        self.contents: dict[str, bytes] = {}  #: By the key that stands in `Item.media`.

    def key(self, name: str, kind: MediaKind, row: int, report: Report) -> str:
        """What `Item.media` says for the file `name`, after reading it."""
        key = f"{FOLDER}/{name}"
        suffixes, megabytes = KINDS[kind]
        path = self._files.get(name)
        if path is None or not path.is_file():
            near = suggestion(name, self._files)
            report(f"there is no file '{shown(name)}' in {FOLDER}/.{near}", row)
            return key
        self._named.add(name)
        if path.suffix.lower() not in suffixes:
            known = ", ".join(suffix[1:] for suffix in suffixes)
            report(f"'{shown(name)}' is no {kind.value} that can be sent ({known}).", row)
        elif path.stat().st_size > megabytes * MEGABYTE:
            report(f"'{name}' is larger than {megabytes} MB, the most Telegram takes.", row)
        elif key not in self.contents:
            self.contents[key] = path.read_bytes()
        return key

    def check(self, found: list[Fault]) -> None:
        """Note files that no item shows, and names that some systems take for the same."""
        seen: dict[str, str] = {}
        for name in self._files:
            report = Report(found, f"{FOLDER}/{name}")
            if seen.setdefault(name.lower(), name) != name:
                report(f"differs from {seen[name.lower()]} only in case. Rename one.")
            if name not in self._named:
                report("is shown by no item. Name it in a column media::image, audio or video.")
