"""A layer that the program writes: a flower as SVG text. Each click writes another one, and the picture follows."""

import math

import pygame
import vfsloader
import vfsloader.pygame

COLOURS = ["#f06e60", "#ffc857", "#8ecae6", "#eca0be"]


def flower(colour: str, petals: int) -> bytes:
    turns = [index * math.tau / petals for index in range(petals)]
    circles = [f'<circle cx="{100 + 50 * math.cos(turn)}" cy="{100 + 50 * math.sin(turn)}" r="34"/>' for turn in turns]
    heart = '<circle cx="100" cy="100" r="26" fill="#261e48"/>'
    picture = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200"><g fill="{colour}">'
    return f"{picture}{''.join(circles)}</g>{heart}</svg>".encode()


pygame.init()
screen = pygame.display.set_mode((480, 320))

memory = vfsloader.Store()  # a tree of files in memory
memory.write("/flower.svg", flower(COLOURS[0], 5))
game = vfsloader.init(memory)
picture = vfsloader.pygame.load_svg("/flower.svg", (240, 240))

clicks = 0
clock = pygame.time.Clock()
running = True
while running:
    for event in pygame.event.get():
        if event.type == pygame.QUIT:
            running = False
        elif event.type == pygame.MOUSEBUTTONDOWN:
            clicks += 1
            memory.write("/flower.svg", flower(COLOURS[clicks % 4], 5 + clicks % 4))

    vfsloader.update()
    screen.fill((126, 188, 104))
    screen.blit(picture, (120, 40))
    pygame.display.flip()
    clock.tick(60)
game.close()
