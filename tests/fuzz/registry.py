"""All fuzz targets by name."""

from __future__ import annotations

from tests.fuzz import targets
from tests.fuzz.media_targets import MEDIA_TARGETS
from tests.fuzz.mod_targets import MOD_TARGETS
from tests.fuzz.targets import Target

TARGETS: dict[str, type[Target]] = {
    target.name: target
    for target in (
        targets.PackTarget,
        targets.NestedPackTarget,
        targets.ZipTarget,
        targets.TarTarget,
        targets.SqlarTarget,
        targets.PatchTarget,
        targets.ManifestTarget,
        targets.ProfilesTarget,
        targets.DataTarget,
        *MOD_TARGETS,
        *MEDIA_TARGETS,
    )
}
