"""The router that the handlers of this folder fill."""

from bot.conversation.router import Router

router = Router()
