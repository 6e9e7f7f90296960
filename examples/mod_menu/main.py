"""A finished menu for mods, in the game's own window. Escape opens it."""

import pygame
import vfsloader
import vfsloader.pygame

pygame.init()
screen = pygame.display.set_mode((640, 400))

game = vfsloader.init(base="assets", mods="mods")
meadow = vfsloader.pygame.load_image("/meadow.png")
bird = vfsloader.pygame.load_image("/bird.png")
menu = vfsloader.pygame.ModMenu()

clock = pygame.time.Clock()
running = True
while running:
    for event in pygame.event.get():
        if event.type == pygame.QUIT:
            running = False
        elif menu.handle(event):
            pass  # the menu is open, and the event was for it
        elif event.type == pygame.KEYDOWN and event.key == pygame.K_ESCAPE:
            menu.is_open = True

    vfsloader.update()
    screen.blit(pygame.transform.scale(meadow, (640, 400)), (0, 0))
    screen.blit(bird, (100, 150))
    menu.draw(screen)  # draws nothing while it is closed
    pygame.display.flip()
    clock.tick(60)
game.close()
