"""Three layers, one tree: the game's own files, an expansion, and a mod. The later layer wins."""

import pygame
import vfsloader
import vfsloader.pygame

pygame.init()
screen = pygame.display.set_mode((480, 320))
font = pygame.font.Font(None, 26)

game = vfsloader.init(base="assets", dlc=["expansion"], mods="mods")
names = ["house.png", "tree.png", "bird.png"]  # the base has all three, the expansion two, the mod one
pictures = [vfsloader.pygame.load_image(f"/{name}") for name in names]

clock = pygame.time.Clock()
running = True
while running:
    for event in pygame.event.get():
        if event.type == pygame.QUIT:
            running = False

    vfsloader.update()
    screen.fill((214, 238, 244))
    for x, name, picture in zip((90, 240, 390), names, pictures, strict=True):
        screen.blit(picture, picture.get_rect(midbottom=(x, 200)))
        label = font.render(game.vfs.which_layer(f"/{name}"), True, (38, 30, 72))
        screen.blit(label, label.get_rect(center=(x, 235)))
    pygame.display.flip()
    clock.tick(60)
game.close()
