"""A questionnaire as a citizen would see it, before anybody is asked.

| file | concept |
| --- | --- |
| source | the questionnaire in its file, with the languages of its pack |
| samples | answers that make quotes and filtered lists show something |
| asking | the messages of every item, made by the handlers themselves |
| page | those messages as one page, which needs nothing beside it |
"""
