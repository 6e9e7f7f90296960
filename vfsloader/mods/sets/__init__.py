"""The set of mods as a thing: its fingerprint, how two sets differ, its history, and which mod in it is guilty."""
