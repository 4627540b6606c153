"""What an organiser does from a chat."""

from bot.conversation.effects import BroadcastAct, BroadcastWritten
from bot.conversation.state import InvitationCode
from bot.conversation.who_speaks import WhoSpeaks


class Organising(WhoSpeaks):
    """The verbs of organisers: who they are, and what becomes of broadcasts."""

    def become_organiser(self, code: InvitationCode) -> None:
        """Take the writer in as an organiser under the name that the code carries."""
        self.deliberation_here = self.library[code.deliberation_id]
        self.effects.codes_used.append((code.id, None))
        self.effects.organisers.append((code.deliberation_id, code.organiser or ""))
        if self.participant is None:
            self._converse(deliberation_id=code.deliberation_id)

    def write_broadcast(self, written: BroadcastWritten) -> None:
        """Store a draft; its preview and the number of its readers follow by themselves."""
        self.effects.written.append(written)

    def act_on_broadcast(self, id_: str, act: BroadcastAct) -> None:
        self.effects.acts.append((id_, act))
