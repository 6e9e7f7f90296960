"""Press M: the mod goes on or off, and the picture changes while the game runs."""

import pygame
import vfsloader
import vfsloader.pygame

pygame.init()
screen = pygame.display.set_mode((480, 320))

game = vfsloader.init(base="assets", mods="mods")
meadow = vfsloader.pygame.load_image("/meadow.png")  # loaded once, and never again by us

clock = pygame.time.Clock()
running = True
while running:
    for event in pygame.event.get():
        if event.type == pygame.QUIT:
            running = False
        elif event.type == pygame.KEYDOWN and event.key == pygame.K_m:
            if game.mods.is_disabled("winter"):
                game.mods.enable("winter")
            else:
                game.mods.disable("winter")

    vfsloader.update()  # shows what changed, in the same `meadow`
    screen.blit(meadow, (0, 0))
    pygame.display.flip()
    clock.tick(60)
game.close()
