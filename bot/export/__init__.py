"""Staff's files: what was said in one or more waves, for a spreadsheet or a statistics package.

| file | concept |
| --- | --- |
| staff_file | `export`: from the database to a file on disk |
| columns | the description of a table, which every format's writer consumes |
| people | who took part, and what was asked of them |
| instruments | a wave's questionnaire versions as one |
| missing | the codes of don't know, refused and not reached |
| variables | an item as columns of the wide shape |
| wide, long | the two shapes |
| formats, csv_file | the formats, and the writer of each |
| whole_file | a file is replaced as a whole or not at all |
| refusals | what all refusals of an export have in common |

What each column and code means: docs/exports.md.
"""

from bot.export.columns import Shape
from bot.export.formats import Format
from bot.export.refusals import ExportRefused
from bot.export.staff_file import export
from bot.export.staff_file import export as export_waves

__all__ = ["ExportRefused", "Format", "Shape", "export", "export_waves"]
