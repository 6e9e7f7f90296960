"""Two mods change parts of one picture, and both count. 1 and 2 switch them."""

import pygame
import vfsloader
import vfsloader.pygame

pygame.init()
screen = pygame.display.set_mode((480, 320))

game = vfsloader.init(base="assets", mods="mods")
bird = vfsloader.pygame.load_image("/bird.png")
mods = {pygame.K_1: "hat", pygame.K_2: "scarf"}

clock = pygame.time.Clock()
running = True
while running:
    for event in pygame.event.get():
        if event.type == pygame.QUIT:
            running = False
        elif event.type == pygame.KEYDOWN and event.key in mods:
            mod = mods[event.key]
            if game.mods.is_disabled(mod):
                game.mods.enable(mod)
            else:
                game.mods.disable(mod)

    vfsloader.update()
    screen.fill((214, 238, 244))
    screen.blit(pygame.transform.scale_by(bird, 3), (96, 16))
    pygame.display.flip()
    clock.tick(60)
game.close()
