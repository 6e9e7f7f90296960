// The mods in load order: switches, search, filters, and moving them by mouse, touch or keyboard.

import { h, append, button, debounce, empty, fill, icon, tile, toggle } from "../dom.js";
import { address, get } from "../api.js";
import { act, store } from "../store.js";
import { ask, menuButton, safely, say } from "../ui.js";
import { done, installFiles, move, switchMod } from "../actions.js";
import { number, t } from "../words.js";
import { VirtualList } from "../virtual.js";
import { openDetail } from "./detail.js";
import { startDrag } from "./dragging.js";

const ROW = 4; // rem
const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

export function open(rest) {
  const filter = { text: "", state: "all", tag: "" };
  let chosen = rest[0] ?? null;
  let detail = null;
  let conflicting = new Map();
  const wrong = new Map(); // why a mod cannot be moved to where it was dropped

  const field = h("input", { type: "search", class: "input", placeholder: t("search_mods"), "aria-label": t("search_mods"), spellcheck: "false" });
  const filters = h("div", { class: "filters", role: "group", "aria-label": t("filters") });
  const count = h("span", { class: "dim", role: "status" });
  const tools = h("span", { class: "row" });
  const list = new VirtualList({
    class: "mods",
    height: () => ROW * rem(),
    role: "grid",
    rowRole: "row",
    label: t("mods_in_order"),
    key: (mod) => mod.id,
    signature: (mod) => JSON.stringify([mod, mod.id === chosen, wrong.get(mod.id), conflicting.get(mod.id), store.state?.read_only, document.documentElement.lang]),
    render,
    onopen: (mod, index, key) => (key === " " && mod.state !== "broken" ? flip(mod) : choose(mod.id)),
    onkey,
  });
  const head = h("div", { class: "list-head" },
    h("div", { class: "row spread" }, h("div", { class: "title" }, h("h1", { tabindex: "-1" }, t("page_mods")), count), tools),
    h("div", { class: "search" }, icon("search"), field), filters);
  const pane = h("div", { class: "list-pane" }, head, list.element);
  const split = h("div", { class: "split" }, pane);
  const element = h("div", { class: "page fixed" }, split);

  field.addEventListener("input", () => ((filter.text = field.value), draw()));
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") {
      event.preventDefault();
      list.focus(0);
    }
    if (event.key === "Escape" && field.value) {
      field.value = filter.text = "";
      draw();
    }
  });

  function rows() {
    if (!store.mods) return [];
    const blank = { state: "broken", tags: [], authors: [], summary: "", version: "", kind: "mod", icon: "", place: 0, warnings: 0, requires: [] };
    const broken = store.mods.broken.map((one) => ({ ...blank, ...one, name: one.id }));
    const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
    return [...store.mods.mods, ...broken].filter((mod) => {
      if (filter.state === "on" && mod.state !== "on") return false;
      if (filter.state === "off" && mod.state !== "off") return false;
      if (filter.state === "problems" && !mod.errors && !mod.warnings) return false;
      if (filter.state === "conflicts" && !conflicting.has(mod.id)) return false;
      if (filter.tag && !mod.tags.includes(filter.tag)) return false;
      if (!words.length) return true;
      const folded = `${mod.name} ${mod.id} ${mod.summary} ${mod.authors.join(" ")} ${mod.tags.join(" ")}`.toLowerCase();
      return words.every((word) => folded.includes(word));
    });
  }

  function render(mod) {
    const isBroken = mod.state === "broken";
    const isFixed = isBroken || store.state?.read_only;
    const clash = conflicting.get(mod.id);
    const row = h("div", {
      class: `mod is-${mod.state}${wrong.has(mod.id) ? " shakes" : ""}`,
      role: "row",
      "aria-selected": String(mod.id === chosen),
      "aria-label": mod.name,
      onclick: (event) => event.target.closest("button") || choose(mod.id),
    },
    h("span", { role: "gridcell" }, !isFixed && mod.place > 0 && h("button", {
      type: "button", class: "grip", tabindex: "-1", "aria-label": t("drag", { name: mod.name }), title: t("drag_hint"),
      onpointerdown: (event) => startDrag(event, { row, list, id: mod.id, drop: (target) => moveTo(mod.id, target) }),
    }, icon("grip"))),
    h("span", { class: "place", role: "gridcell" }, mod.place ? number(mod.place) : ""),
    h("span", { role: "gridcell" }, tile(mod.id, mod.name, mod.icon && address("icon", { id: mod.id, v: mod.icon }))),
    h("span", { class: "grow", role: "gridcell" },
      h("span", { class: "name" }, h("strong", { class: "clip" }, mod.name), mod.version && h("span", { class: "dim small number" }, mod.version)),
      h("span", { class: "about clip", style: { display: "block" } }, isBroken ? t("cannot_be_read") : mod.summary || mod.authors.join(", ") || mod.id)),
    h("span", { class: "marks", role: "gridcell" },
      mod.kind !== "mod" && h("span", { class: "tag kind" }, t(`kind_${mod.kind}`)),
      mod.tags.slice(0, 2).map((tag) => h("span", { class: "tag words" }, tag)),
      clash && h("span", { class: `tag ${clash.loses ? "warn" : ""}`, title: t("overrides_mark", { wins: clash.wins, loses: clash.loses }) }, icon("conflicts"), number(clash.wins + clash.loses)),
      (mod.errors > 0 || mod.warnings > 0) && h("span", { class: `tag ${mod.errors ? "bad" : "warn"}` }, icon("alert"), h("span", { class: "words" }, t(mod.errors ? "problems_mark" : "hints_mark", { count: mod.errors || mod.warnings })))),
    h("span", { role: "gridcell" }, !isBroken && toggle(t("switch_label", { name: mod.name }), mod.state !== "off", (event) => (event.stopPropagation(), flip(mod)), {
      class: mod.state === "wrong" ? "wrong" : "", tabindex: "-1", disabled: store.state?.read_only, data: { focus: "switch" },
    })),
    wrong.has(mod.id) && h("span", { class: "why clip", role: "gridcell", title: wrong.get(mod.id) }, wrong.get(mod.id)));
    return row;
  }

  const flip = (mod) => !store.state?.read_only && switchMod(mod.id, mod.state === "off");

  async function moveTo(id, { byKey = false, ...target }) {
    const why = await move(id, target);
    if (why) {
      wrong.set(id, why);
      list.draw();
      setTimeout(() => (wrong.delete(id), list.draw()), 8000);
    } else if (byKey) list.focus(list.items.findIndex((mod) => mod.id === id));
  }

  function onkey(event, mod, index) {
    if (!mod) return false;
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      const step = event.key === "ArrowUp" ? -1 : 1;
      for (let at = index + step; mod.place && !store.state.read_only && at >= 0 && at < list.items.length; at += step) {
        if (list.items[at].place) {
          moveTo(mod.id, { ...(step < 0 ? { before: list.items[at].id } : { after: list.items[at].id }), byKey: true });
          break;
        }
      }
      return true;
    }
    if (event.key === "Escape" && chosen) {
      choose(null);
      return true;
    }
    if (event.key === "ArrowRight" && !event.altKey) {
      choose(mod.id);
      return true;
    }
    return false;
  }

  function choose(id) {
    location.hash = id ? `#/mods/${encodeURIComponent(id)}` : "#/mods";
  }

  function drawFilters() {
    const chip = (words, isPressed, action) => h("button", { type: "button", class: "chip", "aria-pressed": String(isPressed), onclick: () => (action(), drawFilters(), draw()) }, words);
    const at = filters.contains(document.activeElement) ? [...filters.children].indexOf(document.activeElement) : -1;
    fill(filters,
      ["all", "on", "off", "problems", "conflicts"].map((state) => chip(t(`filter_${state}`), filter.state === state, () => (filter.state = state))),
      store.tags.slice(0, 12).map(([tag]) => chip(tag, filter.tag === tag, () => (filter.tag = filter.tag === tag ? "" : tag))));
    if (at >= 0) filters.children[at]?.focus();
    if (tools.childElementCount) return;
    fill(tools, !store.state?.read_only && [
      pickFiles(),
      menuButton(t("all_mods"), () => [
        [t("enable_all"), safely(async () => (await act("enable_all"), done(t("all_on")))), "check"],
        [t("disable_all"), safely(async () => (await act("disable_all"), done(t("all_off")))), "close"],
        [t("reset_order"), safely(async () => (await ask(t("reset_order"), { text: t("reset_order_text") })) && (await act("reset_order"), done(t("order_reset")))), "history"],
      ]),
    ]);
  }

  function draw() {
    const items = rows();
    list.setItems(items);
    const all = store.mods?.mods.length ?? 0;
    count.textContent = !store.mods ? "" : items.length === all + store.mods.broken.length ? t("count_on", { on: store.state?.enabled ?? 0, count: all }) : t("count_found", { count: items.length });
    pane.querySelector(".empty")?.remove();
    if (store.mods && !items.length) {
      list.element.append(all ? empty("search", t("nothing_found")) : empty("mods", t("no_mods"), h("p", {}, t("no_mods_text")), h("a", { class: "button first", href: "#/get" }, t("page_get"))));
    }
  }

  const readConflicts = safely(async () => {
    const { pairs, layers } = await get("conflicts");
    const mods = new Map(layers.filter((layer) => !layer.own).map((layer) => [layer.name, layer.mod]));
    const found = new Map();
    for (const { winner, loser, files, values } of pairs) {
      const [above, below] = [mods.get(winner), mods.get(loser)];
      if (!above || !below || above === below || !(files + values)) continue;
      for (const id of [above, below]) if (!found.has(id)) found.set(id, { wins: 0, loses: 0 });
      found.get(above).wins += files + values;
      found.get(below).loses += files + values;
    }
    conflicting = found;
    draw();
  });

  function showDetail() {
    split.classList.toggle("has-side", Boolean(chosen));
    if (detail?.id === chosen) return;
    detail?.element.remove();
    detail = chosen ? openDetail(chosen, () => choose(null)) : null;
    if (detail) split.append(detail.element);
  }

  const later = debounce(readConflicts, 250);
  drawFilters();
  draw();
  showDetail();
  later();
  requestAnimationFrame(() => {
    const index = list.items.findIndex((mod) => mod.id === chosen);
    if (index >= 0) list.reveal(index, { center: true });
  });

  return {
    element,
    go(next) {
      const before = chosen;
      chosen = next[0] ?? null;
      list.draw();
      showDetail();
      if (!chosen && before) list.focus(Math.max(0, list.items.findIndex((mod) => mod.id === before)));
      else if (chosen) {
        say(store.byId.get(chosen)?.name ?? chosen);
        if (innerWidth < 1000) detail.element.focus();
      }
    },
    update(what) {
      if (what === "mods") {
        drawFilters();
        draw();
        detail?.refresh();
      }
      if (what === "mods" || what === "files") later();
    },
    close: () => list.close(),
  };
}

export function pickFiles() {
  const input = h("input", { type: "file", multiple: true, hidden: true, tabindex: "-1", onchange: () => (installFiles([...input.files]), (input.value = "")) });
  return append(h("span", {}), [button(t("add_file"), () => input.click(), { image: "plus" }), input]);
}
