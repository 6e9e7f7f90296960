"""Collections that are awaited."""

from vfsloader.collections import async_fsdict, async_fslist


async def main() -> None:
    """Write and read."""
    settings = async_fsdict("settings.db")
    await settings.set("volume", 1.0)
    print(await settings.items())  # typo: items -> itmes
    scores = async_fslist("scores.db")
    await scores.append(1)  # typo: append -> apend
