"""Data that mods change."""

import json

from vfsloader import ResourceManager
from vfsloader.datamerge import DataKind, register_data_kind

game = ResourceManager("assets", mods="mods")
items = game.read_merged("/items.json")  # typo: read_merged -> read_mergd
report = game.merge_report("/items.json")
for pointer, layer in report.sources.items():  # typo: sources -> source
    print(pointer, layer)
for refusal in report.refusals:
    print(refusal.layer, refusal.reason)  # typo: reason -> raeson
register_data_kind(DataKind("/record.json", json.loads, max))
