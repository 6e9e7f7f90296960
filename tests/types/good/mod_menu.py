"""The mod menu with its own colours."""

from typing import assert_type

import pygame
import vfsloader.pygame

import vfsloader

skin = vfsloader.pygame.Skin(title="Add-ons", accent=(255, 0, 0))  # typo: accent -> acent
menu = vfsloader.pygame.ModMenu(vfsloader.init("assets", mods="mods"), skin=skin, on_change=lambda: print("changed"))
screen = pygame.display.set_mode((320, 200))
for event in pygame.event.get():
    if menu.handle(event):  # typo: handle -> handel
        continue
    if event.type == pygame.KEYDOWN:
        menu.is_open = True
assert_type(menu.is_open, bool)
menu.draw(screen)  # typo: draw -> drwa
