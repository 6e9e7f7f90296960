"""What can be caught."""

import vfsloader
from vfsloader import VFSError, errors

try:
    vfsloader.init("assets")
except errors.PathNotFoundError as error:  # typo: PathNotFoundError -> PathNotFound
    print(error.filename)
except (errors.SourceTypeError, errors.MissingExtraError) as other:
    print(other)
except VFSError as rest:
    print(rest)
