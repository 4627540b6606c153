"""The web chat: a page of our own, for citizens without a messaging app.

Its far side is the mailbox, a table: `WebChat.send` puts a message there exactly once, and the page
fetches it by server-sent events whenever there is a connection.

| file | what is there |
| --- | --- |
| channel | `WebChat`: the edge out, and the table of routes |
| ports | what it needs of others |
| rendering | a message as safe HTML |
| mailbox_json | a message as the page gets it |
| transcript | both sides of the conversation in the order of time |
| loading | the transcript, for a page that is loaded again |
| posting | what the citizen sends |
| stream | server-sent events |
| media | pictures, sounds, films and documents |
| page | the page, its words and its files |
| sessions, accept_language, origin, limits, refusals, headers | rules of the edge |
"""

from bot.channels.webchat.channel import WebChat
from bot.channels.webchat.limits import Limits, Pace

__all__ = ["Limits", "Pace", "WebChat"]
