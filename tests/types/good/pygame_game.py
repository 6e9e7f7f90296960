"""The README's game, with what its values are said to be."""

from typing import assert_type

import pygame
import vfsloader.pygame

import vfsloader
from vfsloader import Change, ResourceManager

game = vfsloader.init(base="base.pack", dlc=["expansion.pack"], mods="mods", save="user.db")
assert_type(game, ResourceManager)
assert_type(vfsloader.current(), ResourceManager)
player = vfsloader.pygame.load_image("/sprites/p.png", scale=2)
walk = vfsloader.pygame.load_images("/sprites/walk*.png", convert=False)
title = vfsloader.pygame.load_font("/fonts/title.ttf", 32)
menu = vfsloader.pygame.ModMenu()
screen = pygame.display.set_mode((320, 200))


def frame(surface: pygame.Surface) -> None:
    """Show one frame."""
    changes = vfsloader.update()
    assert_type(changes, list[Change])
    for change in changes:
        print(change.path.removeprefix("/"))
    for event in pygame.event.get():
        menu.handle(event)
    screen.blit(surface, (0, 0))
    menu.draw(screen)


for picture in [player, *walk]:
    frame(picture)
frame(title.render("Moonmoth", True, "white"))
vfsloader.pygame.load_sound("/sounds/jump.wav").play()
vfsloader.pygame.play_music("/music/theme.ogg", loops=-1)
