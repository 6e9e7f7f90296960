// The running game: frames, what each update did, resources with their memory and decode times, and misses.

import { h, button, debounce, empty, fill, icon, layerName } from "../dom.js";
import { isOwn, layerLabel } from "../store.js";
import { bytes, number, t, when } from "../words.js";
import { VirtualList } from "../virtual.js";
import { thumb } from "./files.js";

const MOST_FRAMES = 240;
const MOST_UPDATES = 100;
const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);
const COLUMNS = [["path", 1], ["layer", 3], ["size", 4], ["decode", 5], ["reloads", 6], ["changed", 7]];

// Kept while the page shows something else: events go on.
const known = { rows: new Map(), frames: [], updates: [], misses: [], stats: null };

export function open() {
  let sort = { column: 4, down: true };
  let text = "";
  const tiles = h("div", { class: "tiles" });
  const graph = h("canvas", { class: "graph", width: 1200, height: 140, role: "img" });
  const log = h("ol", { class: "log" });
  const misses = h("ul", { class: "log" });
  const heads = h("div", { class: "line resource head", role: "row" });
  const status = h("span", { class: "dim small", role: "status" });
  const field = h("input", { type: "search", class: "input", placeholder: t("search_resources"), "aria-label": t("search_resources"), oninput: debounce((event) => ((text = event.target.value.toLowerCase()), drawRows()), 60) });
  const list = new VirtualList({
    class: "resources",
    height: () => 3.2 * rem(),
    role: "grid",
    rowRole: "row",
    label: t("resources"),
    key: (row) => row[0],
    signature: (row) => row.join(" "),
    onopen: (row) => (location.hash = `#/files/${encodeURIComponent(row[1])}`),
    render: ([, path, loader, layer, size, decode, reloads, changed, error]) => h("div", { class: "line resource", role: "row", onclick: () => (location.hash = `#/files/${encodeURIComponent(path)}`) },
      h("span", { role: "gridcell" }, thumb(path)),
      h("span", { class: "grow", role: "gridcell" }, h("span", { class: "clip", style: { display: "block" } }, path), h("span", { class: `small clip ${error ? "" : "dim"}`, style: { display: "block", color: error ? "var(--bad)" : "" } }, error || loader)),
      h("span", { class: "clip", role: "gridcell" }, layer && layerName(layer, { own: isOwn(layer), label: layerLabel(layer) })),
      h("span", { class: "number", role: "gridcell" }, bytes(size)),
      h("span", { class: "number", role: "gridcell" }, decode ? t("ms", { count: number(decode, 1) }) : "—"),
      h("span", { class: "number", role: "gridcell" }, number(reloads)),
      h("span", { class: "dim small clip", role: "gridcell" }, changed ? when(new Date(changed * 1000).toISOString()) : "")),
  });
  const inner = h("div", { class: "inner wide" },
    h("div", { class: "stack" }, h("h1", { tabindex: "-1" }, t("page_live")), h("p", { class: "lead" }, t("live_lead"))),
    tiles,
    h("div", { class: "columns" },
      h("section", { class: "card stack" }, h("h2", {}, t("frame_times")), graph),
      h("section", { class: "card flush" }, h("h2", { style: { padding: "1rem 1.1rem 0.5rem" } }, t("updates")), log)),
    h("section", { class: "stack live" }, h("div", { class: "row spread wraps" }, h("h2", {}, t("resources")), status), h("div", { class: "search" }, icon("search"), field), h("div", { class: "card flush" }, h("div", { role: "presentation" }, heads), list.element)),
    h("section", { class: "card flush" }, h("h2", { style: { padding: "1rem 1.1rem 0.5rem" } }, t("misses")), misses));
  const element = h("div", { class: "page" }, inner);

  function drawHeads() {
    heads.setAttribute("role", "group");
    fill(heads, h("span", {}), COLUMNS.map(([name, column]) => h("span", { class: column > 3 && column < 7 ? "number" : "" }, h("button", {
      type: "button", "aria-pressed": String(sort.column === column),
      onclick: () => ((sort = { column, down: sort.column === column ? !sort.down : column > 3 }), drawHeads(), drawRows()),
    }, t(`column_${name}`), sort.column === column && icon(sort.down ? "down" : "up")))));
  }

  function drawRows() {
    const rows = [...known.rows.values()].filter((row) => !text || `${row[1]} ${row[3]} ${row[2]}`.toLowerCase().includes(text));
    const { column, down } = sort;
    rows.sort((a, b) => (typeof a[column] === "string" ? a[column].localeCompare(b[column]) : a[column] - b[column]) * (down ? -1 : 1) || a[0] - b[0]);
    list.setItems(rows);
    const size = rows.reduce((sum, row) => sum + row[4], 0);
    status.textContent = t("resources_count", { count: rows.length, size: bytes(size) });
    list.element.querySelector(".empty")?.remove();
    if (!rows.length) list.element.append(empty("picture", t(text ? "nothing_found" : "no_resources")));
  }

  function drawTiles() {
    const { stats, frames } = known;
    const sorted = [...frames].sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
    const tile = (value, words) => h("div", { class: "tile" }, h("b", {}, value), h("span", { class: "dim" }, words));
    fill(tiles,
      tile(median ? number(1000 / median) : "—", t("frames_per_second")),
      tile(sorted.length ? t("ms", { count: number(sorted[Math.floor(sorted.length * 0.99)] ?? 0, 1) }) : "—", t("slowest_frame")),
      tile(number(stats?.in_use ?? known.rows.size), t("in_memory")),
      stats && tile(bytes(stats.cached_bytes), t("cache_of", { most: bytes(stats.cache_most) })),
      stats && tile(number(stats.decoded), t("decoded")),
      stats && tile(number(stats.remembered + stats.prepared), t("remembered")));
  }

  function drawGraph() {
    const context = graph.getContext("2d");
    const style = getComputedStyle(graph);
    const scale = devicePixelRatio || 1;
    const [width, height] = [graph.width, graph.height] = [Math.max(200, graph.clientWidth * scale), 112 * scale];
    context.clearRect(0, 0, width, height);
    const most = Math.max(34, ...known.frames);
    const y = (ms) => height - 6 - (ms / most) * (height - 22);
    context.strokeStyle = style.borderTopColor;
    context.fillStyle = style.borderTopColor;
    context.font = `${12 * scale}px system-ui, sans-serif`;
    context.textAlign = "right";
    for (const ms of y(16.7) - y(33.3) > 14 * scale ? [16.7, 33.3] : [33.3]) {
      context.beginPath();
      context.moveTo(0, y(ms));
      context.lineTo(width, y(ms));
      context.stroke();
      context.fillText(`${number(ms, 1)} ms`, width - 4 * scale, y(ms) - 4 * scale);
    }
    context.fillStyle = style.color;
    const step = width / MOST_FRAMES;
    known.frames.forEach((ms, at) => context.fillRect(at * step, y(ms), Math.max(1, step - 1), height - y(ms)));
    graph.setAttribute("aria-label", t("frame_graph", { count: known.frames.length }));
  }

  function drawLog() {
    fill(log, known.updates.length ? known.updates.map((update) => h("li", {},
      h("div", { class: "row spread" }, h("strong", {}, update.count ? t("files_changed", { count: update.count }) : t("nothing_changed")), h("span", { class: `tag number ${update.ms > 16 ? "warn" : ""}` }, t("ms", { count: number(update.ms, 1) }))),
      h("span", { class: "dim small" }, when(new Date(update.at * 1000).toISOString())),
      update.changes.slice(0, 8).map(([path, kind, layer, error]) => h("span", { class: "small clip" }, h("span", { class: `tag ${kind === "failed" ? "bad" : ""}` }, t(`change_${kind}`)), " ", h("a", { href: `#/files/${encodeURIComponent(path)}` }, path), " ", h("span", { class: "dim" }, error || layer || ""))),
      update.count > 8 && h("span", { class: "dim small" }, t("and_more", { count: update.count - 8 })))) : h("li", { class: "dim" }, t("no_updates")));
  }

  function drawMisses() {
    fill(misses, known.misses.length ? known.misses.slice(0, 100).map((path) => h("li", {}, h("code", { class: "wrap" }, path))) : h("li", { class: "dim" }, t("no_misses")));
  }

  function drawEverything() {
    drawHeads();
    drawTiles();
    drawGraph();
    drawLog();
    drawMisses();
    drawRows();
  }
  drawEverything();

  return {
    element,
    event(event, hasRows) {
      if (event.type !== "frames" && event.type !== "hello") return;
      drawTiles();
      drawGraph();
      if (event.updates) drawLog();
      if (event.misses) drawMisses();
      if (hasRows) drawRows();
    },
    update: (what) => what === "mods" && drawRows(),
    go() {},
    close: () => list.close(),
  };
}

/** Note what an event says; called also while another page is shown. */
export function take(event) {
  if (event.type === "hello") known.rows.clear();
  if (event.type !== "frames") return false;
  known.frames.push(...event.frames);
  known.frames.splice(0, known.frames.length - MOST_FRAMES);
  for (const row of event.rows ?? []) known.rows.set(row[0], row);
  for (const gone of event.gone ?? []) known.rows.delete(gone);
  if (event.updates) known.updates = [...event.updates.reverse(), ...known.updates].slice(0, MOST_UPDATES);
  if (event.misses) known.misses = event.misses;
  if (event.stats) known.stats = event.stats;
  return Boolean(event.rows || event.gone);
}
