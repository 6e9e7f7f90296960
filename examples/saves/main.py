"""A save that knows its mods. S saves, M switches the mod, L loads and brings the mods of the save back."""

import json

import pygame
import vfsloader
import vfsloader.pygame

pygame.init()
screen = pygame.display.set_mode((480, 320))
font = pygame.font.Font(None, 26)

game = vfsloader.init(base="assets", mods="mods", save="user.db")
bird = vfsloader.pygame.load_image("/bird.png")
x, message = 40, "S saves, M switches the mod, L loads"


def save():
    with game.vfs.atomic_batch():  # the save and its stamp, or nothing
        game.vfs.write_text("/save.json", json.dumps({"x": x}))
        game.mods.stamp("/save.json")
    return "saved"


def load():
    stamp = game.mods.stamp_of("/save.json")
    differences = game.mods.compare(stamp)
    game.mods.apply(game.mods.plan_match(stamp))
    return json.loads(game.vfs.read_text("/save.json"))["x"], " ".join(map(str, differences)) or "the same mods"


clock = pygame.time.Clock()
running = True
while running:
    for event in pygame.event.get():
        if event.type == pygame.QUIT:
            running = False
        elif event.type == pygame.KEYDOWN and event.key == pygame.K_s:
            message = save()
        elif event.type == pygame.KEYDOWN and event.key == pygame.K_l and game.vfs.exists("/save.json"):
            x, message = load()
        elif event.type == pygame.KEYDOWN and event.key == pygame.K_m:
            (game.mods.disable_all if game.mods.enabled else game.mods.enable_all)()
    vfsloader.update()
    x += (1, -x)[x > 480]
    screen.fill((214, 238, 244))
    screen.blit(bird, (x, 100))
    screen.blit(font.render(message, True, (38, 30, 72), None, 440), (20, 240))
    pygame.display.flip()
    clock.tick(60)
game.close()
