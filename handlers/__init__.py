"""What the bot says and does: one file for each topic of the conversation.

| file | what a citizen does there |
| --- | --- |
| start | joins, with or without an invitation code; comes back |
| joining | becomes a participant, or comes back to where they were |
| returning | says who is here, comes back by a code on another device |
| switching | says which of several deliberations is meant |
| language | chooses a language |
| consent | agrees to take part, or declines |
| profile | finishes the profile, and changes it |
| time_zone | tells what time it is, or which city keeps their time; is enrolled; corrects it |
| home | sees what there is to do |
| briefings | reads the information material |
| edited | changes the words of an answer already sent |
| survey | answers a questionnaire, goes back, stops, goes on |
| survey_items | how one item is put: its words and its buttons |
| survey_asked | the item being asked, and what is unfinished of its answer |
| survey_lists | chooses several, searches a long list |
| survey_rank | puts choices in order |
| survey_dates | writes a day and confirms it |
| survey_numbers | writes a number, and confirms one that is uncertain |
| survey_plain | says `yes`, `skip` or `I don't know` in words of their own |
| survey_standing | comes back to an answer: keeps it, or changes it |
| survey_words | the author's words with the answers they quote |
| survey_summary | sees what was recorded, changes it |
| rights | pauses, withdraws, sees and erases what is held |
| stopping | writes `stop`, and is asked what that means |
| broadcasting | (an organiser) writes to many, and watches over what is on its way |
| help | asks for help, or is not understood |
"""

from handlers import (
    briefings,
    broadcasting,
    consent,
    edited,
    help,
    home,
    language,
    profile,
    returning,
    rights,
    start,
    survey,
    switching,
    time_zone,
)
from handlers.routes import router

#: Commands shown in the platforms' menus, in this order. Each has a catalogue message `command-…`.
MENU = (
    "start",
    "continue",
    "survey",
    "briefings",
    "profile",
    "language",
    "timezone",
    "pause",
    "resume",
    "mydata",
    "privacy",
    "stop",
    "delete",
    "help",
)

__all__ = [
    "MENU",
    "briefings",
    "broadcasting",
    "consent",
    "edited",
    "help",
    "home",
    "language",
    "profile",
    "returning",
    "rights",
    "router",
    "start",
    "survey",
    "switching",
    "time_zone",
]
