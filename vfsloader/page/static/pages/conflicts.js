// Who overrides whom: as a graph, as a table, file by file, and value by value.

import { h, button, debounce, empty, fill, icon, layerName } from "../dom.js";
import { get } from "../api.js";
import { isOwn, layerLabel } from "../store.js";
import { failed, safely, tabs } from "../ui.js";
import { number, t } from "../words.js";
import { VirtualList } from "../virtual.js";
import { arcs } from "./arcs.js";
import { openPath } from "./path.js";

const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);
const PAGE = 400;

export function open(rest) {
  const split = h("div", { class: "split" });
  const pane = h("div", { class: "list-pane conflicts" });
  split.append(pane);
  const element = h("div", { class: "page fixed" }, split);
  let where = { view: rest[0] ?? "graph", layer: rest[1] ?? "", other: rest[2] ?? "" };
  let summary = null;
  let detail = null;
  let files = null;

  const head = h("div", { class: "list-head" });
  const body = h("div", { class: "page", style: { "padding-top": "0.25rem" } });
  pane.append(head, body);

  const label = (layer, more = "") => h("span", { class: more }, layerName(layer, { own: isOwn(layer), label: layerLabel(layer) }));

  async function read() {
    try {
      summary = await get("conflicts");
      draw();
    } catch (error) {
      failed(error);
    }
  }

  function draw() {
    const views = [["graph", t("as_graph")], ["table", t("as_table")], ["files", t("by_file")], ["values", t("by_value")]];
    const { bar, panel } = tabs(t("page_conflicts"), views, where.view, (view, place) => {
      where = { ...where, view };
      files?.close();
      files = null;
      body.classList.toggle("fixed", view === "files");
      body.classList.toggle("padded", view === "files");
      if (summary) VIEW[view](place);
      else fill(place, h("p", { class: "skeleton" }, t("comparing")));
    });
    fill(head, h("div", { class: "row spread wraps" }, h("div", { class: "title" }, h("h1", { tabindex: "-1" }, t("page_conflicts")), summary && h("span", { class: "dim" }, t("count_shared", { count: summary.paths })))), bar);
    fill(body, panel);
  }

  const VIEW = {
    graph(place) {
      const real = summary.pairs.filter((pair) => pair.files + pair.values);
      if (!real.length) return fill(place, h("div", { class: "card" }, empty("check", t("no_conflicts"))));
      return fill(place, h("p", { class: "lead" }, t("graph_lead")), h("div", { class: "card scrolls" }, arcs(summary, layerLabel, (layer, other) => openFiles(layer, other))));
    },

    table(place) {
      if (!summary.pairs.length) return fill(place, h("div", { class: "card" }, empty("check", t("no_conflicts"))));
      const rows = [...summary.pairs].sort((a, b) => b.files + b.values - a.files - a.values);
      return fill(place, h("div", { class: "card flush scrolls", tabindex: "0", role: "group", "aria-label": t("as_table") }, h("table", { class: "plain" },
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("winner")), h("th", { scope: "col" }, t("loser")), h("th", { class: "number", scope: "col" }, t("files")), h("th", { class: "number", scope: "col" }, t("values")), h("th", { class: "number", scope: "col" }, t("identical")), h("th", { scope: "col" }, h("span", { class: "hidden-label" }, t("show"))))),
        h("tbody", {}, rows.slice(0, 1000).map((pair) => h("tr", {}, h("td", {}, label(pair.winner)), h("td", {}, label(pair.loser)), h("td", { class: "number" }, number(pair.files)), h("td", { class: "number" }, number(pair.values)), h("td", { class: "number dim" }, number(pair.same)),
          h("td", {}, button(t("show"), () => openFiles(pair.winner, pair.loser), { kind: "small", "aria-label": t("show_pair", { name: layerLabel(pair.winner), other: layerLabel(pair.loser) }) }))))))));
    },

    files(place) {
      files = fileList();
      place.style.height = "100%";
      place.style.gridTemplateRows = "auto minmax(0, 1fr)";
      fill(place, files.head, files.list.element);
      files.read();
    },

    values(place) {
      place.style.height = "";
      if (!summary.values.length) return fill(place, h("div", { class: "card" }, empty("check", t("no_values"), h("p", {}, t("no_values_text")))));
      return fill(place, h("p", { class: "lead" }, t("values_lead")), summary.values.map((one) => h("div", { class: "card stack" },
        h("div", { class: "row spread wraps" }, h("code", { class: "wrap" }, `${one.path}: ${one.pointer || "/"}`), h("a", { class: "button small", href: `#/files/${encodeURIComponent(one.path)}` }, t("show"))),
        h("ol", { class: "stack", style: { gap: "0.3rem" } }, one.mods.map((mod, at) => h("li", { class: "row spread" }, label(mod, at === one.mods.length - 1 ? "" : "loser"), h("span", { class: "row" }, h("code", { class: "clip" }, text(one.values[at])), at === one.mods.length - 1 && h("span", { class: "tag good" }, t("is_used")))))))));
    },
  };

  const text = (value) => (value?.$absent ? t("removed") : typeof value === "string" ? `"${value}"` : JSON.stringify(value));

  function openFiles(layer, other = "") {
    where = { view: "files", layer, other };
    location.hash = `#/conflicts/files/${[layer, other].filter(Boolean).map(encodeURIComponent).join("/")}`;
  }

  /** The list of shared paths; parts of it are read when they are scrolled to. */
  function fileList() {
    const items = [];
    let query = 0;
    let search = "";
    let isOnlyMods = true;
    const waiting = new Set();
    const field = h("input", { type: "search", class: "input", placeholder: t("search_paths"), "aria-label": t("search_paths"), oninput: debounce((event) => ((search = event.target.value), again()), 70) });
    const only = h("button", { type: "button", class: "chip", "aria-pressed": "true", onclick: () => ((isOnlyMods = !isOnlyMods), only.setAttribute("aria-pressed", String(isOnlyMods)), again()) }, t("only_mods"));
    const status = h("span", { class: "dim small", role: "status" });
    const list = new VirtualList({
      class: "card flush",
      height: () => (list.element.clientWidth && list.element.clientWidth < 600 ? 4.2 : 3) * rem(),
      role: "grid",
      rowRole: "row",
      label: t("by_file"),
      key: (row) => row[0],
      signature: (row) => JSON.stringify(row),
      need: (first, last) => {
        for (let page = Math.floor(first / PAGE); page <= Math.floor((last - 1) / PAGE); page += 1) if (items[page * PAGE] === undefined) load(page);
      },
      onopen: (row) => row && showPath(row[0]),
      render: ([path, layers, same, isData]) => h("div", { class: "line path-row", role: "row", onclick: () => showPath(path) },
        h("span", { class: "clip", role: "gridcell" }, h("span", { class: "mono", style: { "font-size": "0.88rem" } }, path)),
        h("span", { class: "beaten", role: "gridcell" }, [...layers].reverse().map((layer, at) => label(layer, isData || at === 0 ? "" : same.includes(layer) ? "dim" : "loser"))),
        h("span", { role: "gridcell" }, isData ? h("span", { class: "tag" }, t("merged")) : "")),
    });

    const load = safely(async (page) => {
      if (waiting.has(page)) return;
      waiting.add(page);
      const mine = query;
      const answer = await get("paths", { text: search, layer: where.layer, other: where.other, mods: isOnlyMods ? 1 : 0, first: page * PAGE, most: PAGE }).finally(() => waiting.delete(page));
      if (mine !== query) return;
      answer.rows.forEach((row, at) => (items[page * PAGE + at] = row));
      list.setItems(items, answer.total);
      status.textContent = t("count_found", { count: answer.total });
      list.element.querySelector(".empty")?.remove();
      if (!answer.total) list.element.append(empty("check", t(search ? "nothing_found" : "no_conflicts")));
    });

    function again() {
      query += 1;
      items.length = 0;
      waiting.clear();
      load(0);
    }
    const narrowed = where.layer && h("button", { type: "button", class: "chip", onclick: () => openFiles("") }, [where.layer, where.other].filter(Boolean).map(layerLabel).join(" × "), icon("close"), h("span", { class: "hidden-label" }, t("show_all")));
    if (where.layer) {
      isOnlyMods = false;
      only.setAttribute("aria-pressed", "false");
    }
    return { list, read: again, close: () => list.close(), head: h("div", { class: "stack" }, h("div", { class: "row" }, h("div", { class: "search grow" }, icon("search"), field), status), h("div", { class: "row wraps" }, only, narrowed)) };
  }

  function showPath(path) {
    detail?.close();
    detail?.element.remove();
    const close = () => {
      detail?.close();
      detail?.element.remove();
      detail = null;
      split.classList.remove("has-side");
      files?.list.focus(files.list.current);
    };
    detail = openPath(path, close);
    split.append(detail.element);
    split.classList.add("has-side");
    detail.element.focus();
  }

  draw();
  read();
  const later = debounce(read, 250);
  return {
    element,
    go(next) {
      where = { view: next[0] ?? where.view, layer: next[1] ?? "", other: next[2] ?? "" };
      draw();
    },
    update(what) {
      if (what === "mods" || what === "files") {
        later();
        detail?.refresh();
      }
    },
    close() {
      files?.close();
      detail?.close();
    },
  };
}
