"""A list in a file of its own."""

from typing import Any, assert_type

from vfsloader.collections import PersistentList

scores = PersistentList("scores.db", codec="json")  # typo: codec -> codek
scores.append({"name": "Ada", "score": 3})  # typo: append -> apend
scores.extend([])
scores.sort(key=lambda row: row["score"], reverse=True)  # typo: reverse -> revers
assert_type(scores.copy(), list[Any])
assert_type(scores.count(1), int)
first = scores[0]
scores.close()
