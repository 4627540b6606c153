"""`make bench`: runs every benchmark and prints its table."""

import asyncio

from bench.turns import measure

if __name__ == "__main__":
    asyncio.run(measure())
