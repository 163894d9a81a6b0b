"""Running a coroutine in a test, whatever else runs in this thread."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")


def awaited_result(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run the coroutine to its end in a thread of its own: the browser's driver keeps a loop in the main one."""
    with ThreadPoolExecutor(max_workers=1) as apart:
        return apart.submit(asyncio.run, coroutine).result()
