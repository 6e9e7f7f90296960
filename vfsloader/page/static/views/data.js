// A data file as the game gets it: each value says which layer set it, and what it was before.

import { h, fill, icon, layerName } from "../dom.js";
import { get } from "../api.js";
import { isOwn, layerLabel, nameOf } from "../store.js";
import { tabs } from "../ui.js";
import { t } from "../words.js";
import { VirtualList } from "../virtual.js";
import { open as openText } from "./text.js";

const escapeKey = (key) => String(key).replaceAll("~", "~0").replaceAll("/", "~1");
const isBranch = (value) => value !== null && typeof value === "object" && !("$absent" in value) && !("$left_out" in value);

export function open(facts, wholes) {
  const { path } = facts;
  const isOpen = new Map();
  let report = null;
  const list = new VirtualList({
    class: "data",
    height: () => 2.15 * parseFloat(getComputedStyle(document.documentElement).fontSize),
    role: "tree",
    rowRole: "treeitem",
    label: t("merged_data"),
    key: (row) => row.pointer || "/",
    signature: (row) => `${row.pointer} ${row.open}`,
    render,
    onopen: (row) => twist(row),
    onkey: (event, row) => {
      if (event.key === "ArrowRight" && row?.branch && !row.open) return twist(row), true;
      if (event.key === "ArrowLeft" && row?.branch && row.open) return twist(row), true;
      return false;
    },
  });

  function twist(row) {
    if (!row.branch) return;
    isOpen.set(row.pointer, !row.open);
    list.setItems(rows());
  }

  function rows() {
    const found = [];
    const walk = (value, key, pointer, depth) => {
      const branch = isBranch(value);
      const open = branch && (isOpen.get(pointer) ?? depth < 3);
      found.push({ value, key, pointer, depth, branch, open });
      if (open) for (const [name, member] of Object.entries(value)) walk(member, name, `${pointer}/${escapeKey(name)}`, depth + 1);
    };
    walk(report.data, "", "", 0);
    return found;
  }

  function render(row) {
    const source = report.sources[row.pointer];
    const past = (report.history[row.pointer] ?? []).filter((change) => change.before?.$absent !== true);
    const { own, name } = who(source);
    return h("div", { class: "datum", role: "treeitem", "aria-level": row.depth + 1, "aria-expanded": row.branch ? String(row.open) : undefined, style: { "--depth": row.depth }, onclick: () => twist(row) },
      h("span", { class: "twist", "aria-hidden": "true" }, row.branch && icon(row.open ? "down" : "forward")),
      h("span", { class: "key" }, row.depth ? row.key : path.split("/").pop()),
      row.branch ? h("span", { class: "dim small" }, Array.isArray(row.value) ? `[${row.value.length}]` : `{${Object.keys(row.value).length}}`) : shown(row.value),
      past.slice(-1).map((change) => h("del", { class: "clip", title: t("was_before") }, text(change.before))),
      source && layerName(source, { own, label: name }));
  }

  const who = (layer) => (layer ? { own: isOwn(layer), name: layerLabel(layer) } : {});

  const place = h("div", { class: "stack" });
  const ways = [["merged", t("merged_data")]];
  if (wholes.length) ways.push(["text", t("as_text")]);
  const { bar, panel } = tabs(t("content"), ways, "merged", async (way, where) => {
    if (way === "text") {
      fill(where, openText(facts, wholes).element);
      return;
    }
    fill(where, place);
    if (report) return;
    try {
      report = await get("data", { path });
      list.setItems(rows());
      fill(place, list.element,
        report.refusals.map((one) => h("p", { class: "card warn wrap" }, layerName(one.layer, { label: nameOf(one.layer) }), " ", one.reason)));
      list.draw();
    } catch (error) {
      fill(place, h("p", { class: "dim wrap" }, error.message));
    }
  });
  return { element: h("section", {}, bar, panel), close: () => list.close() };
}

function text(value) {
  if (value?.$absent) return "—";
  if (value?.$left_out) return `… ${value.$left_out}`;
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

function shown(value) {
  const kind = typeof value === "string" ? "text" : typeof value === "number" ? "num" : typeof value === "boolean" ? "bool" : "";
  return h("span", { class: `value clip ${kind}` }, typeof value === "string" ? `"${value}"` : text(value));
}
