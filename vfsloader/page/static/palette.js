// One field that finds everything: mods, pages, actions, files.

import { h, fill, icon, debounce, unique } from "./dom.js";
import { get } from "./api.js";
import { store } from "./store.js";
import { t } from "./words.js";
import { safely } from "./ui.js";
import { redo, switchMod, undo } from "./actions.js";

const PAGES = ["mods", "problems", "conflicts", "files", "get", "live", "doctor", "history", "profiles"];
const goTo = (...parts) => (location.hash = `#/${parts.map(encodeURIComponent).join("/")}`);

function matches(text, words) {
  const folded = text.toLowerCase();
  return words.every((word) => folded.includes(word));
}

function results(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = [];
  const mods = store.mods?.mods ?? [];
  for (const mod of mods) {
    if (words.length && matches(`${mod.name} ${mod.id} ${mod.tags.join(" ")}`, words)) {
      found.push({ label: mod.name, hint: t("mod"), image: "mods", run: () => goTo("mods", mod.id) });
      if (found.length >= 8) break;
    }
  }
  for (const page of PAGES) {
    if (page === "live" && !store.state?.live) continue;
    const label = t(`page_${page}`);
    if (matches(label, words)) found.push({ label, hint: t("pages"), image: "forward", run: () => goTo(page) });
  }
  if (words.length) {
    for (const mod of mods) {
      const label = t(mod.state === "off" ? "switch_on" : "switch_off", { name: mod.name });
      if (!store.state.read_only && matches(`${label} ${mod.id}`, words)) {
        found.push({ label, hint: "", image: "options", run: () => switchMod(mod.id, mod.state === "off") });
        if (found.length >= 16) break;
      }
    }
  }
  for (const [label, run, image] of [[t("undo"), undo, "undo"], [t("redo"), redo, "redo"]]) {
    if (matches(label, words)) found.push({ label, hint: "", image, run: safely(run) });
  }
  return found;
}

export function openPalette() {
  if (document.querySelector("dialog.palette")) return;
  const listId = unique("results");
  let items = [];
  let chosen = 0;
  let controller = null;
  const field = h("input", { type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": listId, "aria-label": t("find_anything"), placeholder: t("find_anything"), autocomplete: "off", spellcheck: "false" });
  const shown = h("ul", { id: listId, role: "listbox", "aria-label": t("results") });
  const dialog = h("dialog", { class: "palette", "aria-label": t("find_anything") }, field, shown);

  const close = () => (controller?.abort(), dialog.close(), dialog.remove());
  const choose = (index) => {
    chosen = (index + items.length) % Math.max(1, items.length);
    [...shown.children].forEach((row, at) => row.setAttribute("aria-selected", String(at === chosen)));
    const row = shown.children[chosen];
    if (row) {
      field.setAttribute("aria-activedescendant", row.id);
      row.scrollIntoView({ block: "nearest" });
    }
  };
  const draw = () => {
    fill(shown, items.map((item, at) => h("li", { role: "option", id: unique("result"), "aria-selected": "false", onclick: () => run(at) }, icon(item.image), h("span", { class: "clip" }, item.label), h("span", { class: "dim" }, item.hint))));
    choose(0);
  };
  const run = (index) => {
    const item = items[index];
    close();
    item?.run();
  };
  const findFiles = debounce(async (text) => {
    controller?.abort();
    controller = new AbortController();
    try {
      const { rows } = await get("find", { text, most: 8 }, controller.signal);
      items = [...results(text), ...rows.map(([path]) => ({ label: path, hint: t("file"), image: "file", run: () => goTo("files", path) }))];
      draw();
    } catch {
      /* the field goes on without files */
    }
  }, 90);
  field.addEventListener("input", () => {
    const text = field.value.trim();
    items = results(text);
    draw();
    if (text.length > 1) findFiles(text);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(chosen);
    }
  });
  dialog.addEventListener("cancel", (event) => (event.preventDefault(), close()));
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  document.body.append(dialog);
  items = results("");
  draw();
  dialog.showModal();
  field.focus();
}
