// The merged tree: folders with thumbnails, search in names and contents, and why each file is what it is.

import { h, button, debounce, empty, fill, icon, layerName } from "../dom.js";
import { address, get } from "../api.js";
import { isOwn, layerLabel, store } from "../store.js";
import { failed, safely } from "../ui.js";
import { bytes, number, t } from "../words.js";
import { VirtualList } from "../virtual.js";
import { openPath } from "./path.js";

const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);
const PICTURES = /\.(png|jpe?g|webp|gif|bmp|svg)$/i;
const IMAGES = [[/\.(ogg|wav|mp3|flac|opus)$/i, "sound"], [/\.(tmx|tmj|ldtk)$/i, "map"], [/\.(json|toml|csv|tsv|merge|patch)$/i, "data"], [/\.(txt|md|py|lua|edit)$/i, "text"]];

export const imageOf = (path) => (PICTURES.test(path) ? "picture" : (IMAGES.find(([pattern]) => pattern.test(path))?.[1] ?? "file"));

/** A small picture of a file: the picture itself, or what kind of file it is. */
export function thumb(path, layer, isFolder = false) {
  const holder = h("span", { class: "thumb", "aria-hidden": "true" });
  if (!isFolder && PICTURES.test(path)) {
    const image = h("img", { src: address("file", { path, layer, v: store.files }), alt: "", loading: "lazy", decoding: "async" });
    image.addEventListener("error", () => fill(holder, icon("picture")), { once: true });
    holder.append(image);
  } else holder.append(icon(isFolder ? "folder" : imageOf(path)));
  return holder;
}

const join = (folder, name) => (folder === "/" ? `/${name}` : `${folder}/${name}`);
const parent = (path) => path.slice(0, path.lastIndexOf("/")) || "/";
const goTo = (path) => (location.hash = `#/files/${encodeURIComponent(path)}`);

export function open(rest) {
  let folder = "/";
  let shown = null; // the file beside the list
  let detail = null;
  let text = "";
  let isInside = false; // whether contents are searched
  let controller = null;

  const field = h("input", { type: "search", class: "input", placeholder: t("search_files"), "aria-label": t("search_files"), spellcheck: "false" });
  const inside = h("button", { type: "button", class: "chip", "aria-pressed": "false" }, t("in_contents"));
  const crumbs = h("nav", { class: "crumbs", "aria-label": t("folder") });
  const status = h("span", { class: "dim", role: "status" });
  const tools = h("span", { class: "row" });
  const list = new VirtualList({
    height: () => 3.5 * rem(),
    role: "grid",
    rowRole: "row",
    label: t("files"),
    class: "files",
    key: (row) => row.path,
    signature: (row) => `${row.path} ${row.layer} ${row.size} ${row.line ?? ""} ${row.path === shown} ${store.files}`,
    render,
    onopen: (row) => goTo(row.path),
    onkey: (event) => {
      if (event.key === "Backspace" || (event.key === "ArrowLeft" && !shown)) {
        if (folder !== "/") goTo(parent(folder));
        return true;
      }
      if (event.key === "Escape" && shown) {
        goTo(parent(shown));
        return true;
      }
      return false;
    },
  });
  const head = h("div", { class: "list-head" },
    h("div", { class: "row spread" }, h("div", { class: "title" }, h("h1", { tabindex: "-1" }, t("page_files")), status), tools),
    h("div", { class: "row" }, h("div", { class: "search grow" }, icon("search"), field), inside), crumbs);
  const pane = h("div", { class: "list-pane" }, head, list.element);
  const split = h("div", { class: "split" }, pane);
  const element = h("div", { class: "page fixed" }, split);

  function render(row) {
    const name = row.path.slice(row.path.lastIndexOf("/") + 1);
    return h("div", { class: "line entry", role: "row", "aria-selected": String(row.path === shown), onclick: () => goTo(row.path) },
      h("span", { role: "gridcell" }, thumb(row.path, undefined, row.folder)),
      h("span", { class: "grow", role: "gridcell" }, h("span", { class: "clip", style: { display: "block" } }, h("strong", { style: { "font-weight": "540" } }, name)),
        (text || row.line) && h("span", { class: "where clip" }, row.line ? `${number(row.number)}: ${row.line}` : row.path)),
      h("span", { class: "from clip", role: "gridcell" }, !row.folder && layerName(row.layer, { own: isOwn(row.layer), label: layerLabel(row.layer) })),
      h("span", { class: "size number", role: "gridcell" }, row.folder ? "" : bytes(row.size)));
  }

  async function read() {
    controller?.abort();
    controller = new AbortController();
    const { signal } = controller;
    try {
      if (text && isInside) {
        status.textContent = t("searching");
        const { rows, looked, cut } = await get("grep", { text }, signal);
        list.setItems(rows.map(([path, line, excerpt, layer]) => ({ path, number: line, line: excerpt, layer, size: 0 })));
        status.textContent = t(cut ? "found_cut" : "found_in", { count: rows.length, looked });
      } else if (text) {
        const { rows, total } = await get("find", { text, most: 500 }, signal);
        list.setItems(rows.map(([path, isFolder, size, layer]) => ({ path, folder: isFolder, size, layer })));
        status.textContent = t("count_found", { count: total });
      } else {
        const { rows } = await get("folder", { path: folder }, signal);
        list.setItems(rows.map(([name, isFolder, size, layer]) => ({ path: join(folder, name), folder: isFolder, size, layer })));
        status.textContent = t("count_entries", { count: rows.length });
      }
      pane.querySelector(".empty")?.remove();
      if (!list.total) list.element.append(empty(text ? "search" : "folder", t(text ? "nothing_found" : "empty_folder")));
    } catch (error) {
      if (error.name === "AbortError") return;
      if (error.status === 404 && folder !== "/") goTo(parent(folder));
      else failed(error);
    }
  }

  function drawHead() {
    const parts = folder.split("/").filter(Boolean);
    fill(crumbs, h("a", { href: "#/files" }, t("all_files")), parts.map((part, at) => {
      const path = `/${parts.slice(0, at + 1).join("/")}`;
      return [h("span", { class: "dim", "aria-hidden": "true" }, "›"), h("a", { href: `#/files/${encodeURIComponent(path)}`, "aria-current": at === parts.length - 1 ? "page" : undefined }, part)];
    }));
    fill(tools, h("a", { class: "button", href: address("archive", { path: folder }), download: "" }, icon("get"), h("span", {}, t("download_zip"))));
  }

  async function turn(path) {
    if (!path || path === "/") {
      folder = "/";
      shown = null;
    } else {
      const isFolder = await get("folder", { path }).then(() => true, () => false);
      if (isFolder) {
        folder = path;
        shown = null;
        text = field.value = "";
      } else {
        shown = path;
        if (!text) folder = parent(path);
      }
    }
    drawHead();
    if (detail?.path !== shown) {
      detail?.close();
      detail?.element.remove();
      detail = shown ? openPath(shown, () => goTo(folder === "/" && !text ? "/" : folder)) : null;
      if (detail) split.append(detail.element);
    }
    split.classList.toggle("has-side", Boolean(shown));
    await read();
    const index = list.items.findIndex((row) => row.path === shown);
    if (index >= 0) list.reveal(index);
    list.draw();
    if (shown && innerWidth < 1000) detail.element.focus();
  }

  const search = debounce(() => read(), 70);
  field.addEventListener("input", () => {
    text = field.value.trim();
    search();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") {
      event.preventDefault();
      list.focus(0);
    }
  });
  inside.addEventListener("click", () => {
    isInside = !isInside;
    inside.setAttribute("aria-pressed", String(isInside));
    read();
  });

  safely(turn)(rest[0]);
  const again = debounce(() => (read(), detail?.refresh()), 150);
  return {
    element,
    go: (next) => safely(turn)(next[0]),
    update: (what) => (what === "mods" || what === "files") && again(),
    close() {
      list.close();
      detail?.close();
    },
  };
}
