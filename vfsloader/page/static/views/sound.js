// Sounds of several layers with their waveforms, to listen to in turn.

import { h, button, layerName } from "../dom.js";
import { address } from "../api.js";
import { layerLabel, nameOf, store } from "../store.js";
import { number, t } from "../words.js";

export function open(facts, wholes) {
  const { path } = facts;
  const audio = new Audio();
  let playing = null;
  const stop = () => {
    audio.pause();
    playing?.setAttribute("aria-pressed", "false");
    playing = null;
  };
  audio.addEventListener("ended", stop);

  const rows = wholes.map((part) => {
    const source = address("file", { path, layer: part.layer, v: store.files });
    const name = layerLabel(part.layer);
    const length = h("span", { class: "dim number" });
    const canvas = h("canvas", { class: "wave", width: 900, height: 110, role: "img", "aria-label": t("wave_of", { name }) });
    const play = button(t("listen_to", { name }), () => {
      const isThis = playing === play;
      stop();
      if (isThis) return;
      audio.src = source;
      audio.play().catch(stop);
      playing = play;
      play.setAttribute("aria-pressed", "true");
    }, { image: "play", hideLabel: true, "aria-pressed": "false" });
    draw(source, canvas).then((seconds) => (length.textContent = t("seconds", { count: number(seconds, 2) })), () => (length.textContent = t("not_decoded")));
    return h("div", { class: "card" }, h("div", { class: "row spread" }, layerName(part.layer, { own: part.own, label: name }), length), h("div", { class: "soundrow" }, play, canvas));
  });
  return { element: h("section", {}, h("h2", { class: "minor" }, t("side_by_side")), rows), close: stop };
}

async function draw(source, canvas) {
  const response = await fetch(source);
  const context = new OfflineAudioContext(1, 1, 44_100); // decodes without a device, and without the user's leave
  const sound = await context.decodeAudioData(await response.arrayBuffer());
  const samples = sound.getChannelData(0);
  const { width, height } = canvas;
  const paint = canvas.getContext("2d");
  const step = Math.max(1, samples.length / width);
  paint.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("color-scheme") && getComputedStyle(canvas).color;
  for (let x = 0; x < width; x += 3) {
    let low = 0;
    let high = 0;
    const end = Math.min(samples.length, Math.floor((x + 3) * step));
    for (let at = Math.floor(x * step); at < end; at += Math.max(1, Math.floor(step / 40))) {
      low = Math.min(low, samples[at]);
      high = Math.max(high, samples[at]);
    }
    const top = (1 - high) * (height / 2);
    paint.fillRect(x, top, 2, Math.max(2, (1 - low) * (height / 2) - top));
  }
  return sound.duration;
}
