"""A language that a mod adds: its texts, and a font that has its letters. L chooses the next language."""

import pygame
import vfsloader
import vfsloader.pygame

pygame.init()
screen = pygame.display.set_mode((480, 320))
pygame.display.set_caption("A language in a mod")
clock = pygame.time.Clock()

game = vfsloader.init(base="assets", mods="mods", language="en")
texts = game.translations()
bird = vfsloader.pygame.load_image("/bird.png")
font = vfsloader.pygame.load_font("/fonts/text.ttf", 40)  # in Greek it is the mod's /tl/el/fonts/text.ttf


def next_language():
    added = [mod.manifest.language for mod in game.mods.enabled if mod.manifest.kind == "language"]
    languages = ["en", *added]
    game.language = languages[(languages.index(game.language) + 1) % len(languages)]


running = True
while running:
    for event in pygame.event.get():
        if event.type == pygame.QUIT:
            running = False
        elif event.type == pygame.KEYDOWN and event.key == pygame.K_l:
            next_language()
    vfsloader.update()
    screen.fill((253, 243, 208))
    for index in range(3):
        screen.blit(bird, (80 + 110 * index, 30))
    for row, sentence in enumerate((texts.gettext("welcome"), texts.ngettext("bird", "birds", 3) % 3)):
        written = font.render(sentence, True, (38, 30, 72))  # in each frame, so that it follows the font
        screen.blit(written, (240 - written.get_width() // 2, 160 + 64 * row))
    pygame.display.flip()
    clock.tick(60)
game.close()
