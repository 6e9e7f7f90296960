"""Signing, publishing and unpacking."""

from typing import assert_type

from vfsloader import packs
from vfsloader.packs import PackInfo

packs.keygen("studio.key", "studio.pub")  # typo: keygen -> keygenn
packs.sign("base.pack", "studio.key")
checked = packs.verify("base.pack", key="studio.pub")  # typo: key -> keys
print(checked.signer, checked.warnings)
assert_type(packs.info("base.pack"), PackInfo)
packs.extract("base.pack", "out", below="/sprites", overwrite=True)  # typo: below -> bellow
