// Maps, drawn: as the game gets them, or as one layer has them. What mods have changed can be outlined.

import { h, button, fill, layerName } from "../dom.js";
import { address, get } from "../api.js";
import { layerLabel, nameOf, store } from "../store.js";
import { t } from "../words.js";

const [FLIP_X, FLIP_Y, FLIP_D, GID] = [0x80000000, 0x40000000, 0x20000000, 0x0fffffff];
const MOST_PIXELS = 4096 * 4096;

export function open(facts, wholes) {
  const { path } = facts;
  let layer = "";
  let isOutlined = true;
  let isClosed = false;
  const place = h("div", { class: "stack" });
  const select = h("select", { class: "input", onchange: () => ((layer = select.value), draw()) },
    h("option", { value: "" }, t("as_in_game")),
    wholes.map((part) => h("option", { value: part.layer }, layerLabel(part.layer))));
  const outline = button(t("outline_changes"), () => {
    isOutlined = !isOutlined;
    outline.setAttribute("aria-pressed", String(isOutlined));
    draw();
  }, { kind: "small", "aria-pressed": "true" });

  async function draw() {
    try {
      const map = await get("map", { path, layer });
      if (isClosed) return;
      const canvas = await paint(map, isOutlined);
      fill(place, h("div", { class: "map checks", tabindex: "0", role: "group", "aria-label": path }, canvas),
        h("p", { class: "dim small" }, t("map_size", { width: map.width, height: map.height, layers: new Set(map.layers.map((one) => one.name)).size })),
        map.edits.length > 0 && h("ul", { class: "stack" }, map.edits.map((edit) => h("li", { class: "row wraps" },
          h("span", { class: `tag ${edit.reason ? "bad" : "good"}` }, t(edit.reason ? "left_out" : "applied")), layerName(edit.mod, { label: nameOf(edit.mod) }), h("span", { class: "dim small wrap" }, [edit.key, edit.reason].filter(Boolean).join(" · "))))));
    } catch (error) {
      fill(place, h("p", { class: "dim wrap" }, error.message));
    }
  }
  draw();
  return {
    element: h("section", {}, h("h2", { class: "minor" }, t("map")), h("div", { class: "row" }, h("label", { class: "grow" }, h("span", { class: "hidden-label" }, t("version_shown")), select), outline), place),
    close: () => (isClosed = true),
  };
}

function load(path) {
  return new Promise((resolve) => {
    const image = new Image();
    image.addEventListener("load", () => resolve(image));
    image.addEventListener("error", () => resolve(null));
    image.src = address("file", { path, v: store.files });
  });
}

async function paint(map, isOutlined) {
  const { tilewidth, tileheight } = map;
  const left = Math.min(0, ...map.layers.map((layer) => layer.x));
  const top = Math.min(0, ...map.layers.map((layer) => layer.y));
  const width = Math.max(map.width, ...map.layers.map((layer) => layer.x + layer.w)) - left;
  const height = Math.max(map.height, ...map.layers.map((layer) => layer.y + layer.h)) - top;
  const scale = Math.min(1, Math.sqrt(MOST_PIXELS / Math.max(1, width * tilewidth * height * tileheight)));
  const canvas = h("canvas", { width: Math.max(1, width * tilewidth * scale), height: Math.max(1, height * tileheight * scale), role: "img", "aria-label": t("map") });
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.scale(scale, scale);
  context.translate(-left * tilewidth, -top * tileheight);
  const sets = (await Promise.all(map.tilesets.map(async (set) => ({ ...set, picture: await load(set.image) })))).sort((a, b) => b.first - a.first);
  for (const layer of map.layers) {
    layer.tiles.forEach((raw, at) => {
      const gid = (raw & GID) >>> 0;
      if (!gid) return;
      const x = (layer.x + (at % layer.w)) * tilewidth;
      const y = (layer.y + Math.floor(at / layer.w)) * tileheight;
      const set = sets.find((one) => one.first <= gid);
      if (set?.picture) drawTile(context, set, gid - set.first, raw, x, y, tileheight);
      else {
        context.fillStyle = `hsl(${(gid * 47) % 360} 45% 55%)`; // numbers without a picture
        context.fillRect(x, y, tilewidth, tileheight);
      }
    });
  }
  context.strokeStyle = "#ffd24a";
  context.lineWidth = 1.5;
  for (const thing of map.objects) context.strokeRect(thing.x, thing.y, Math.max(2, thing.width), Math.max(2, thing.height));
  if (isOutlined) {
    context.strokeStyle = "#ff4fa3";
    context.lineWidth = 2;
    for (const edit of map.edits) for (const [x, y] of edit.cells) context.strokeRect(x * tilewidth + 1, y * tileheight + 1, tilewidth - 2, tileheight - 2);
  }
  return canvas;
}

function drawTile(context, set, local, raw, x, y, rowHeight) {
  const step = set.tilewidth + set.spacing;
  const columns = set.columns || Math.max(1, Math.floor((set.picture.naturalWidth - set.margin + set.spacing) / step));
  const sx = set.margin + (local % columns) * step;
  const sy = set.margin + Math.floor(local / columns) * (set.tileheight + set.spacing);
  const lift = y + rowHeight - set.tileheight; // taller tiles grow upwards
  if (!(raw & (FLIP_X | FLIP_Y | FLIP_D))) {
    context.drawImage(set.picture, sx, sy, set.tilewidth, set.tileheight, x, lift, set.tilewidth, set.tileheight);
    return;
  }
  context.save();
  context.translate(x + set.tilewidth / 2, lift + set.tileheight / 2);
  if (raw & FLIP_X) context.scale(-1, 1);
  if (raw & FLIP_Y) context.scale(1, -1);
  if (raw & FLIP_D) context.transform(0, 1, 1, 0, 0, 0);
  context.drawImage(set.picture, sx, sy, set.tilewidth, set.tileheight, -set.tilewidth / 2, -set.tileheight / 2, set.tilewidth, set.tileheight);
  context.restore();
}
