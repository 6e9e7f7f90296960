"""Building, checking and patching packs."""

from pathlib import Path
from typing import assert_type

import vfsloader
from vfsloader.archives import expand_archive
from vfsloader.packs import BuildReport, Verification

report = vfsloader.packs.build("assets", Path("base.pack"), compress=True, progress=lambda done, total, path: None)
assert_type(report, BuildReport)
assert_type(report.files, int)
checked = vfsloader.packs.verify("base.pack")
assert_type(checked, Verification)
if not checked.ok:
    print("\n".join(checked.faults))
vfsloader.packs.diff("old.pack", "new.pack", "update.patch")
vfsloader.packs.apply("update.patch", "old.pack")
expand_archive(vfsloader.VirtualFileSystem(), Path("mod.zip"), "/mods/hat")
