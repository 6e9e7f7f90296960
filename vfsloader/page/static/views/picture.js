// Pictures of several layers: side by side with zoom, blinking, or their difference; edits as before, after and mask.

import { h, button, fill, layerName } from "../dom.js";
import { address, get } from "../api.js";
import { layerLabel, nameOf, store } from "../store.js";
import { tabs } from "../ui.js";
import { number, t } from "../words.js";

const ZOOMS = [0.25, 0.5, 1, 2, 4, 8, 16];

function load(source) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.addEventListener("load", () => resolve(image));
    image.addEventListener("error", () => reject(new Error(t("not_shown"))));
    image.src = source;
  });
}

const nameFor = (part) => (layerLabel(part.layer));

export function open(facts, wholes) {
  const { path } = facts;
  const version = store.files;
  const shots = wholes.map((part) => ({ part, name: nameFor(part), source: address("file", { path, layer: part.layer, v: version }) }));
  let timer = 0;
  let zoom = 0; // 0 fits
  const element = h("section", {}, h("h2", { class: "minor" }, t("side_by_side")));

  if (facts.edited) {
    shots.unshift({ name: t("with_edits"), source: address("edited", { path, view: "after", v: version }), isEdited: true });
  }

  const zoomBar = h("div", { class: "viewbar", role: "group", "aria-label": t("zoom") });
  const ways = [["beside", t("beside")]];
  if (shots.length > 1) ways.push(["blink", t("blink")], ["difference", t("difference")]);
  if (facts.edited) ways.push(["edits", t("edits")]);
  const { bar, panel } = tabs(t("side_by_side"), ways, "beside", (way, place) => {
    clearInterval(timer);
    draw[way](place);
  });
  element.append(h("div", { class: "row spread wraps" }, bar, zoomBar), panel);

  function drawZoom(redraw) {
    fill(zoomBar,
      button(t("zoom_out"), () => step(-1, redraw), { kind: "small", hideLabel: true, image: "down" }),
      h("span", { class: "number small", "aria-live": "polite", style: { "min-width": "3.4rem", "text-align": "center" } }, zoom ? `${number(zoom * 100)} %` : t("fits")),
      button(t("zoom_in"), () => step(1, redraw), { kind: "small", hideLabel: true, image: "up" }));
  }

  function step(by, redraw) {
    const at = ZOOMS.indexOf(zoom || 1);
    zoom = ZOOMS[Math.max(0, Math.min(ZOOMS.length - 1, at + by))];
    redraw();
  }

  function sized(image, wide = 260) {
    const width = image.naturalWidth ?? image.width;
    const height = image.naturalHeight ?? image.height;
    const fit = Math.min(wide / width, 260 / height);
    const scale = zoom || (fit >= 1 ? Math.max(1, Math.floor(fit)) : fit);
    image.style.width = `${Math.max(1, width * scale)}px`;
    image.style.height = `${Math.max(1, height * scale)}px`;
    return image;
  }

  function figure(name, content, note = "") {
    return h("figure", { class: "shot" }, h("div", { class: "frame checks", tabindex: "0", role: "group", "aria-label": name }, content), h("figcaption", {}, name instanceof Node ? name : h("span", { class: "clip" }, name), h("span", { class: "dim number" }, note)));
  }

  const failure = (error) => h("p", { class: "dim wrap", style: { padding: "1rem" } }, error.message);

  async function shot({ part, name, source }) {
    try {
      const image = await load(source);
      image.alt = t("picture_of", { name });
      return figure(part ? layerName(part.layer, { own: part.own, label: name }) : name, sized(image), `${image.naturalWidth} × ${image.naturalHeight}`);
    } catch (error) {
      return figure(name, failure(error));
    }
  }

  const draw = {
    async beside(place) {
      drawZoom(() => draw.beside(place));
      const figures = await Promise.all(shots.map(shot));
      fill(place, h("div", { class: "shots" }, figures));
    },

    async blink(place) {
      let at = 0;
      const pair = pick(place, () => draw.blink(place));
      drawZoom(() => draw.blink(place));
      const images = await Promise.all(pair.chosen().map(({ source }) => load(source).catch(() => null)));
      const names = pair.chosen().map(({ name }) => name);
      const holder = h("div", { class: "frame checks", tabindex: "0", role: "group", "aria-label": t("blink") });
      const caption = h("figcaption", { "aria-live": "off" });
      const show = () => {
        const image = images[at];
        fill(holder, image ? sized(image, 520) : failure(new Error(t("not_shown"))));
        if (image) image.alt = t("picture_of", { name: names[at] });
        fill(caption, h("strong", {}, names[at]));
      };
      const next = () => ((at = 1 - at), show());
      const play = button(t("play"), () => {
        const isPlaying = timer !== 0;
        clearInterval(timer);
        timer = isPlaying ? 0 : setInterval(next, 500);
        play.setAttribute("aria-pressed", String(!isPlaying));
      }, { kind: "small", image: "play", "aria-pressed": "false" });
      timer = 0;
      show();
      fill(place, pair.element, h("div", { class: "viewbar" }, button(t("swap"), next, { kind: "small first" }), play), h("figure", { class: "shot" }, holder, caption));
      if (!matchMedia("(prefers-reduced-motion: reduce)").matches) play.click();
    },

    async difference(place) {
      const pair = pick(place, () => draw.difference(place));
      drawZoom(() => draw.difference(place));
      const [above, below] = pair.chosen();
      try {
        const [one, other] = await Promise.all([load(above.source), load(below.source)]);
        const { canvas, count, total } = compare(one, other);
        fill(place, pair.element, figure(t("difference_of", { name: above.name, other: below.name }), sized(canvas, 520), count ? t("pixels_differ", { count, share: number((100 * count) / total, 1) }) : t("no_pixel_differs")));
      } catch (error) {
        fill(place, pair.element, failure(error));
      }
    },

    async edits(place) {
      drawZoom(() => draw.edits(place));
      const report = await get("edits", { path });
      const rows = h("ul", { class: "stack" }, report.edits.map((edit) => h("li", { class: "row wraps" },
        h("span", { class: `tag ${edit.reason ? "bad" : "good"}` }, t(edit.reason ? "left_out" : "applied")), layerName(edit.mod, { label: nameOf(edit.mod) }),
        h("span", { class: "dim small wrap" }, [edit.label, edit.area && `${edit.area[0]}, ${edit.area[1]} · ${edit.area[2]} × ${edit.area[3]}`, edit.reason].filter(Boolean).join(" · ")))));
      if (!report.possible) {
        fill(place, h("p", { class: "dim wrap" }, report.reason), rows);
        return;
      }
      try {
        const [before, after] = await Promise.all(["before", "after"].map((view) => load(address("edited", { path, view, v: version }))));
        const { canvas, count, total } = compare(after, before, true);
        before.alt = t("before");
        after.alt = t("after");
        fill(place, h("div", { class: "shots" }, figure(t("before"), sized(before)), figure(t("after"), sized(after)), figure(t("mask"), sized(canvas), t("pixels_differ", { count, share: number((100 * count) / total, 1) }))), rows);
      } catch (error) {
        fill(place, failure(error), rows);
      }
    },
  };

  /** Two selects that say which versions are compared. */
  function pick(place, redraw) {
    const chosen = place.pair ?? (place.pair = [0, 1]);
    const select = (index, label) => h("label", { class: "row grow" }, h("span", { class: "hidden-label" }, label),
      h("select", { class: "input", onchange: (event) => ((chosen[index] = event.target.selectedIndex), clearInterval(timer), redraw()) },
        shots.map(({ name }, at) => h("option", { selected: at === chosen[index] }, name))));
    return { element: h("div", { class: "row" }, select(0, t("first_version")), h("span", { "aria-hidden": "true" }, "↔"), select(1, t("second_version"))), chosen: () => chosen.map((at) => shots[at]) };
  }

  return { element, close: () => clearInterval(timer) };
}

/** Where two pictures differ: bright where much, or as a mask where at all. */
function compare(one, other, asMask = false) {
  const width = Math.max(one.naturalWidth, other.naturalWidth);
  const height = Math.max(one.naturalHeight, other.naturalHeight);
  const [a, b] = [one, other].map((image) => {
    const canvas = h("canvas", { width, height });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, width, height);
  });
  const canvas = h("canvas", { width, height, role: "img", "aria-label": t(asMask ? "mask" : "difference") });
  const context = canvas.getContext("2d");
  const result = context.createImageData(width, height);
  let count = 0;
  for (let at = 0; at < a.data.length; at += 4) {
    const apart = Math.max(...[0, 1, 2, 3].map((channel) => Math.abs(a.data[at + channel] - b.data[at + channel])));
    if (apart) count += 1;
    const strength = asMask ? (apart ? 255 : 0) : apart && Math.min(255, 60 + apart * 1.5);
    result.data.set(strength ? [255, asMask ? 255 : 255 - strength / 1.4, asMask ? 255 : 90 + strength / 4, 255] : [16, 16, 24, 255], at);
  }
  context.putImageData(result, 0, 0);
  return { canvas, count, total: width * height };
}
