"""What a mod says of itself: finding mods, reading manifests, applying the player's rule overrides."""
