"""Which mods load, and in which order. Pure: values in, values out."""
