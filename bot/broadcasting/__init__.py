"""An organiser's message to many: who gets it, in which words, and what became of it.

| file | concept |
| --- | --- |
| staff | what organisers do, from Python, the command line or a chat; the place to begin |
| audience | who a broadcast is for: counted before anything is sent, frozen when it is approved |
| wording | the message as each reader sees it |
| desk | what happens by itself: starts, holds, ends, previews and progress lines |
"""
