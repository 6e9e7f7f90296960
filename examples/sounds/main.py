"""Space plays a sound, and the window shows its wave. M puts a mod's sound in its place."""

import pygame
import vfsloader
import vfsloader.pygame

pygame.mixer.init(frequency=22050, size=-16, channels=1)
pygame.init()
screen = pygame.display.set_mode((480, 320))

game = vfsloader.init(base="assets", mods="mods")
pling = vfsloader.pygame.load_sound("/pling.wav")  # a pygame Sound

clock = pygame.time.Clock()
running = True
while running:
    for event in pygame.event.get():
        if event.type == pygame.QUIT:
            running = False
        elif event.type == pygame.KEYDOWN and event.key == pygame.K_SPACE:
            pling.play()
        elif event.type == pygame.KEYDOWN and event.key == pygame.K_m:
            if game.mods.is_disabled("whistle"):
                game.mods.enable("whistle")
            else:
                game.mods.disable("whistle")

    vfsloader.update()
    samples = memoryview(pling.get_raw()).cast("h")  # 16 bits each
    screen.fill((38, 30, 72))
    for x in range(480):
        part = samples[x * len(samples) // 480 : (x + 1) * len(samples) // 480]
        high, low = max(part) / 32768, min(part) / 32768
        pygame.draw.line(screen, (255, 200, 87), (x, 160 - 140 * high), (x, 160 - 140 * low))
    pygame.display.flip()
    clock.tick(60)
game.close()
