"""What files are called that change a data file or a map: the whole name of that file, and one of these."""

MERGE_SUFFIX, PATCH_SUFFIX, EDIT_SUFFIX = ".merge", ".patch", ".edit"
