"""Pages of the site that are made from the code: commands, keys of mod.toml, and problems of mods.

They are written into docs/generated, which is not committed, each time the site is built. So they are never stale.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vfsloader.cli.commands import build_app
from vfsloader.guide.manifest_keys import KEYS, manifest_keys, type_words
from vfsloader.guide.problem_sentences import sentence_parts
from vfsloader.mods.messages import PROBLEMS, WARNINGS

#: Where a key is explained at length.
MORE = {
    "options": " See [options](../mods.md#options).",
    "part": " See [conditions](../mods.md#conditions).",
}
#: The pages, in a folder of their own.
NAMES = ("commands", "manifest", "problems")


def write(folder: Path) -> None:
    """Write all generated pages into a folder, and leave alone what is already right."""
    folder.mkdir(exist_ok=True)
    pages: dict[str, Callable[[], str]] = {"commands": commands, "manifest": manifest, "problems": problems}
    for name, page in pages.items():
        file, text = folder / f"{name}.md", page()
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


def problems() -> str:
    """Return the page of all kinds of problems."""
    parts = [
        "# Problems of mods, and their fixes\n",
        "Each problem has a kind: `problem.kind` in Python, `kind` in `vfsloader mods list --json`. A sentence about "
        "it says the fix first, then the reason. Words in *italics* stand for names, versions and paths of your game. "
        "A **warning** leaves the mod in. An **error** leaves it out until the problem is fixed.\n",
    ]
    for kind, (fix, why) in sorted(PROBLEMS.items()):
        weight = "Warning" if kind in WARNINGS else "Error"
        parts.append(f"(problem-{kind})=\n## `{kind}`\n\n**{weight}.** {_sentence(why)}\n\nFix: {_sentence(fix)}\n")
    return "\n".join(parts)


def _sentence(template: str) -> str:
    """Return a template as a sentence: its facts are words in italics."""
    return "".join(f"*{text}*" if is_fact else text for text, is_fact in sentence_parts(template))


def commands() -> str:
    """Return the page of all commands, with their arguments and options."""
    text = build_app().generate_docs(output_format="markdown")
    lines = text.splitlines()
    body = [line for line in lines[1:] if not line.startswith(("# ",))]
    introduction = "Every command has `--help`. [The command line](../command-line.md) shows how they work together."
    return "\n".join(["# All commands\n", introduction, "", *body]) + "\n"


def manifest() -> str:
    """Return the page of all keys of a manifest. A key that :data:`KEYS` does not explain is a KeyError."""
    lines = [
        "# The keys of mod.toml\n",
        "Only `id`, `name` and `version` are needed. Any other key is an error: a misspelt key is never ignored. "
        "[Mods](../mods.md#the-manifest) has an example. `vfsloader mods schema` prints a JSON Schema for editors.\n",
        "| key | type | meaning |",
        "| --- | --- | --- |",
        *(
            f"| `{key}` | {type_words(rule)} | {KEYS[key]}{MORE.get(key, '')} |"
            for key, rule in manifest_keys().items()
        ),
    ]
    return "\n".join(lines) + "\n"
