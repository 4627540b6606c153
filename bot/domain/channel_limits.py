"""How many characters each channel shows of what a questionnaire says."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChannelLimits:
    """In characters. None: the channel sets no limit of its own."""

    name: str  #: As people call it.
    question: int | None = None  #: Of an item's label.
    button: int | None = None  #: Of a choice that is a button.
    most_buttons: int = 0  #: With more choices than these, each is a row of a list.
    row: int | None = None  #: Of a choice that is a row of a list.

    def choice_label(self, choices: int) -> int | None:
        """The longest label where a list has so many choices."""
        return self.button if choices <= self.most_buttons else self.row


#: Telegram: a message has 4,096 characters (https://core.telegram.org/bots/api#sendmessage), and
#: hint and progress come on top of the label; what a phone shows of a button without cutting it.
#: WhatsApp: https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-messages
CHANNEL_LIMITS: Mapping[str, ChannelLimits] = {
    "telegram": ChannelLimits("Telegram", question=3000, row=64),
    "webchat": ChannelLimits("the web chat"),
    "terminal": ChannelLimits("the terminal"),
    "whatsapp": ChannelLimits("WhatsApp", question=1024, button=20, most_buttons=3, row=24),
}

#: Where citizens are met if the pack does not say.
USUAL_CHANNELS = ("telegram", "webchat", "terminal")
