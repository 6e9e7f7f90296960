"""What files of edits are called."""

#: It follows the whole name of the file that they change.
EDIT_SUFFIX = ".edit"
