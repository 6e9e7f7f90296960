"""What changed since the last frame."""

import vfsloader
from vfsloader import Change


def report(changes: list[Change]) -> None:
    """Print the changes."""
    for change in changes:
        print(change.path, change.resources)  # typo: resources -> resource


game = vfsloader.init("assets", mods="mods", watch=True)
game.subscribe(report)
vfsloader.update(budget_ms=2.0)  # typo: budget_ms -> budget
print(vfsloader.current().stats())  # typo: current -> curent
