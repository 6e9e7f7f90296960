"""Showing what sources offer."""

from __future__ import annotations

from vfsloader.cli.output import FAINT, complain, print_json, print_table, say
from vfsloader.mods.getting import FoundMod
from vfsloader.mods.manager import ModManager
from vfsloader.quoting import size_text


def show_offer(mods: ModManager, mod: str, *, json: bool) -> int:
    """Show what the sources say about a mod that is not installed."""
    facts = mods.installer.info(mod)
    if json:
        print_json(facts)
        return 0
    rows = [("id", facts["id"]), ("source", facts["source"]), ("tags", ", ".join(facts["tags"]))]
    rows += [(key, str(facts[key])) for key in ("license", "website") if facts.get(key)]
    rows += [("authors", ", ".join(map(str, facts.get("authors", []))))]
    print_table(("", facts["name"]), [row for row in rows if row[1]])
    if facts.get("others"):
        complain(f"other sources have a mod of this id too: {', '.join(facts['others'])}")
    for version in facts["versions"]:
        requires = ", ".join(f"{other} {which}" for other, which in version.get("requires", {}).items())
        text = f"{version['version']}  {size_text(version['size'])}" + (f"  requires {requires}" if requires else "")
        text += f"  signed by {version['author'][:16]}" if version["author"] else ""
        say(f"{text}  withdrawn: {version['withdrawn']}" if version["withdrawn"] else text, FAINT)
    for line in str(facts.get("description", "")).splitlines():
        say(line)
    if "problem" in facts:
        complain(facts["problem"])
    return 0


def show_found(found: list[FoundMod]) -> None:
    """Show what a search found."""
    rows = [
        (mod.id, mod.version or "withdrawn", size_text(mod.size), mod.installed, mod.summary or mod.name)
        for mod in found
    ]
    print_table(("ID", "VERSION", "SIZE", "INSTALLED", "WHAT IT IS"), rows)
