"""Picture edits: files of mods that change parts of a picture.

Pure: pictures are RGBA bytes, and the engines' adapters decode and show them. ``docs/picture-edits.md`` defines the
format and the arithmetic.
"""
