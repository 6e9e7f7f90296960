"""``python game_of_pictures.py``: a game of the usual kind, with the pictures of the folder ``assets``.

It loads them at its start, makes scaled, mirrored and cut pictures of them, draws a background once, and then draws
some of them in each frame.
"""

from __future__ import annotations

import os
import sys

import pygame

pygame.init()
screen = pygame.display.set_mode((800, 600))
pictures = [pygame.image.load(f"assets/{name}").convert_alpha() for name in sorted(os.listdir("assets"))]
scaled = [pygame.transform.scale(picture, (48, 48)) for picture in pictures]
mirrored = [pygame.transform.flip(picture, True, False) for picture in scaled]
parts = [picture.subsurface((16, 16, 32, 32)) for picture in pictures]
background = pygame.Surface((800, 600))
for number, picture in enumerate(scaled[:200]):
    background.blit(picture, (number % 20 * 40, number // 20 * 60))
frame = 0
while True:
    if any(event.type == pygame.QUIT for event in pygame.event.get()):
        sys.exit()
    screen.blit(background, (0, 0))
    for number in range(200):
        group = (pictures, scaled, mirrored, parts)[number % 4]
        at = (number * 37 + frame) % 800, (number * 53 + 2 * frame) % 600
        screen.blit(group[(number * 7 + frame // 10) % len(group)], at)
    pygame.display.flip()
    frame += 1
