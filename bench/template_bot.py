"""The same survey as bots are commonly written, and an echo: what the benchmarks compare with.

    python -m bench.template_bot survey
    python -m bench.template_bot echo

The survey follows the most copied templates for aiogram 3 (wakaree/aiogram_bot_template,
Latand/tgbot_template_v3) where they agree, and the lighter one where they do not: a router, a state
machine in memory, SQLAlchemy's ORM with `create_async_engine(url)` as it comes, a middleware that
opens a session for each update, one that looks the user up by primary key, one transaction for
each answer, aiogram's own request handler on aiohttp. On SQLite no pragma is set, as in those
templates. An update is acknowledged before it is handled, as that request handler does by itself:
what it holds is lost when the process dies. Nothing is logged for an update.
"""

import logging
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from aiogram import BaseMiddleware, Bot, Dispatcher, F, Router
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.filters import CommandStart
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.types import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    TelegramObject,
)
from aiogram.types import User as TelegramUser
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web
from sqlalchemy import BigInteger, DateTime, ForeignKey, Text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bench.questions import AGREEMENT, QUESTIONS, SCALE, THANKS, Question

PATH = "/webhook"
SECRET = "a-secret-of-the-benchmark"


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), default=lambda: datetime.now(UTC)
    )


class Answer(Base):
    __tablename__ = "answers"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    question: Mapped[int]
    value: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), default=lambda: datetime.now(UTC)
    )


class Survey(StatesGroup):
    answering = State()


Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


class SessionMiddleware(BaseMiddleware):
    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self.sessions = sessions

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        async with self.sessions() as session:
            data["session"] = session
            return await handler(event, data)


class UserMiddleware(BaseMiddleware):
    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        sender: TelegramUser = data["event_from_user"]
        session: AsyncSession = data["session"]
        user = await session.get(User, sender.id)
        if user is None:
            user = User(id=sender.id, name=sender.full_name, language=sender.language_code)
            session.add(user)
            await session.commit()
        data["user"] = user
        return await handler(event, data)


router = Router()


@router.message(CommandStart())
async def start(message: Message, state: FSMContext) -> None:
    await state.set_state(Survey.answering)
    await state.update_data(question=0)
    await ask(message, QUESTIONS[0])


@router.message(Survey.answering, F.text)
async def typed(message: Message, state: FSMContext, session: AsyncSession, user: User) -> None:
    await accept(message, message.text or "", state, session, user)


@router.callback_query(Survey.answering, F.data)
async def pressed(
    query: CallbackQuery, state: FSMContext, session: AsyncSession, user: User
) -> None:
    await query.answer()
    if isinstance(query.message, Message):
        await accept(query.message, query.data or "", state, session, user)


async def accept(
    message: Message, said: str, state: FSMContext, session: AsyncSession, user: User
) -> None:
    number: int = (await state.get_data())["question"]
    question = QUESTIONS[number]
    if not understood(question, said):
        await message.answer("Please choose one of the answers.")
        await ask(message, question)
        return
    session.add(Answer(user_id=user.id, question=number, value=said))
    await session.commit()
    if number + 1 < len(QUESTIONS):
        await state.update_data(question=number + 1)
        await ask(message, QUESTIONS[number + 1])
    else:
        await state.clear()
        await message.answer(f"{THANKS} Your answers are recorded.")


async def ask(message: Message, question: Question) -> None:
    await message.answer(question.label, reply_markup=keyboard(question))


def understood(question: Question, said: str) -> bool:
    match question.type:
        case "select_one":
            return said.isdecimal() and 1 <= int(said) <= len(AGREEMENT)
        case "range":
            return said.isdecimal() and int(said) in SCALE
        case "integer":
            return said.isdecimal()
        case _:
            return bool(said)


def keyboard(question: Question) -> InlineKeyboardMarkup | None:
    match question.type:
        case "select_one":
            buttons = [
                InlineKeyboardButton(text=label, callback_data=str(number))
                for number, label in enumerate(AGREEMENT, start=1)
            ]
            return InlineKeyboardMarkup(inline_keyboard=[[button] for button in buttons])
        case "range":
            buttons = [
                InlineKeyboardButton(text=str(point), callback_data=str(point)) for point in SCALE
            ]
            return InlineKeyboardMarkup(inline_keyboard=[buttons[:6], buttons[6:]])
        case _:
            return None


async def echo(message: Message) -> None:
    await message.answer(message.text or "")


async def survey_dispatcher() -> Dispatcher:
    engine = create_async_engine(os.environ["TEMPLATE_DATABASE_URL"])
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    dispatcher = Dispatcher(storage=MemoryStorage())
    dispatcher.update.outer_middleware(
        SessionMiddleware(async_sessionmaker(engine, expire_on_commit=False))
    )
    dispatcher.update.outer_middleware(UserMiddleware())
    dispatcher.include_router(router)
    return dispatcher


async def application(kind: str) -> web.Application:
    session = AiohttpSession(api=TelegramAPIServer.from_base(os.environ["TEMPLATE_API_URL"]))
    bot = Bot("42:TEST", session=session, default=DefaultBotProperties(parse_mode=ParseMode.HTML))
    if kind == "echo":
        dispatcher = Dispatcher()
        dispatcher.message.register(echo)
    else:
        dispatcher = await survey_dispatcher()

    async def on_startup(bot: Bot) -> None:
        await bot.set_webhook(
            f"http://127.0.0.1:{os.environ['TEMPLATE_PORT']}{PATH}",
            allowed_updates=dispatcher.resolve_used_update_types(),
            secret_token=SECRET,
        )

    dispatcher.startup.register(on_startup)
    app = web.Application()
    SimpleRequestHandler(dispatcher, bot, secret_token=SECRET).register(app, path=PATH)
    setup_application(app, dispatcher, bot=bot)
    return app


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    web.run_app(
        application(sys.argv[1]),
        host="127.0.0.1",
        port=int(os.environ["TEMPLATE_PORT"]),
        print=None,
        access_log=None,
    )
