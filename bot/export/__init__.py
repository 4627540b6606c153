"""Staff's files: what was said in one or more waves, for a spreadsheet or a statistics package.

| file | concept |
| --- | --- |
| staff_file | `export`: from the database to a file on disk |
| material | what the database holds of some waves, told once to all who make files of it |
| people | who took part, and what was said |
| instruments | a wave's questionnaire versions as one |
| missing | the codes of don't know, refused and not reached, and the numbers of choices |
| variables, paradata | an item as columns of the wide shape; how it was answered |
| wide, long | the two shapes |
| columns | the description of a table, which every format's writer consumes |
| formats, *_file | the formats, and the writer of each |
| frame, numbers | a block as typed columns; codes as numbers |
| names, texts | short names, and texts cut on whole characters |
| whole_file, place | a file is replaced as a whole or not at all; where it goes |
| tally, disclosure | how often each code was given; which counts may be shown |
| codebook, codebook_* | what each item asked, and its writers |
| response_table | response and attrition, over people |
| open_answers, spss_syntax, readme, markdown | further parts of a bundle |
| bundle | all of it in one ZIP |
| loading | how each statistics package reads the files |
| refusals | what all refusals of an export have in common |

What each column and code means: docs/exports.md.
"""

from bot.export.columns import Shape
from bot.export.formats import Format
from bot.export.refusals import ExportRefused
from bot.export.staff_file import export

__all__ = ["ExportRefused", "Format", "Shape", "export"]
