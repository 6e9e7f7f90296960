"""A sprite sheet from Aseprite: a picture, and a JSON file that names its frames. M switches a mod's sheet."""

import pygame
import vfsloader
import vfsloader.pygame

pygame.init()
screen = pygame.display.set_mode((480, 320))

game = vfsloader.init(base="assets", mods="mods")
sheet = vfsloader.pygame.Spritesheet("/bird.json")
flight = sheet.animation("fly")  # the tag "fly" of Aseprite

clock = pygame.time.Clock()
running = True
while running:
    for event in pygame.event.get():
        if event.type == pygame.QUIT:
            running = False
        elif event.type == pygame.KEYDOWN and event.key == pygame.K_m:
            if game.mods.is_disabled("blue-bird"):
                game.mods.enable("blue-bird")
            else:
                game.mods.disable("blue-bird")

    vfsloader.update()
    now = pygame.time.get_ticks()
    screen.fill((214, 238, 244))
    screen.blit(flight.frame_at(now), (now // 8 % 580 - 96, 80))
    for index, frame in enumerate(sheet):  # all frames, below
        screen.blit(frame, (48 + 96 * index, 210))
    pygame.display.flip()
    clock.tick(60)
game.close()
