// The frame of the page: navigation, the bar, and which page is shown. Addresses are after #, so that links work.

import { h, button, fill, icon, set } from "./dom.js";
import { LANGUAGES, chooseLanguage, language, number, t } from "./words.js";
import { act, refresh, start, store, watch } from "./store.js";
import { ask, failed, menuButton, mountToasts, safely, say, waitsForMenu } from "./ui.js";
import { installFiles, redo, undo } from "./actions.js";
import { openPalette } from "./palette.js";
import { take } from "./pages/live.js";

const PAGES = {
  mods: ["mods", () => import("./pages/mods.js")],
  problems: ["alert", () => import("./pages/problems.js")],
  conflicts: ["conflicts", () => import("./pages/conflicts.js")],
  files: ["files", () => import("./pages/files.js")],
  get: ["get", () => import("./pages/getting.js")],
  live: ["live", () => import("./pages/live.js")],
  doctor: ["doctor", () => import("./pages/doctor.js")],
  history: ["history", () => import("./pages/history.js")],
  profiles: ["profiles", () => import("./pages/profiles.js")],
};
const RARE = new Set(["doctor", "history", "profiles", "problems", "live"]);
const THEME = "vfsloader-theme";

let main;
let nav;
let bar;
let notice;
let shown = null;
let turn = 0;

function theme(next) {
  if (next) localStorage.setItem(THEME, next);
  const chosen = localStorage.getItem(THEME) ?? "auto";
  if (chosen === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  return chosen;
}

export function visiblePages() {
  return Object.keys(PAGES).filter((name) => name !== "live" || store.state?.live);
}

function route() {
  const [, name, ...rest] = location.hash.split("/");
  const known = name in PAGES && visiblePages().includes(name) ? name : "mods";
  return [known, rest.map((part) => decodeURIComponent(part))];
}

function drawNav() {
  if (waitsForMenu(nav, drawNav)) return;
  const [current] = route();
  const wrong = store.problems.filter((problem) => !problem.warning).length;
  fill(
    nav,
    h("a", { class: "brand", href: "#/mods", "aria-label": t("home") }, h("img", { src: "icon.svg", alt: "" }),
      h("span", { class: "clip" }, store.state?.game ?? "vfsloader", h("small", {}, store.state?.live ? t("is_running") : t("mod_manager")))),
    visiblePages().map((page) =>
      h("a", { href: `#/${page}`, "aria-current": page === current ? "page" : undefined, class: RARE.has(page) ? "rare" : "" },
        icon(PAGES[page][0]), h("span", {}, t(`page_${page}`)),
        page === "problems" && wrong > 0 && h("span", { class: "count" }, number(wrong), h("span", { class: "hidden-label" }, t("page_problems")))),
    ),
    moreButton(),
  );
}

function moreButton() {
  const element = menuButton(t("more"), () => visiblePages().filter((page) => RARE.has(page)).map((page) => [t(`page_${page}`), () => (location.hash = `#/${page}`), PAGES[page][0]]));
  element.classList.add("more");
  return element;
}

function drawBar() {
  if (waitsForMenu(bar, drawBar)) return;
  const { state } = store;
  fill(
    bar,
    button(t("find_anything"), openPalette, { kind: "find", image: "search" }),
    h("span", { class: "push" }),
    state && menuButton(t("profile"), profileItems, { image: "profiles", kind: "", hideLabel: false, text: state.profile }),
    button(state?.undo ? t("undo_what", { what: state.undo }) : t("nothing_to_undo"), safely(undo), { kind: "quiet", image: "undo", hideLabel: true, disabled: !state?.undo || state.read_only }),
    button(state?.redo ? t("redo_what", { what: state.redo }) : t("nothing_to_redo"), safely(redo), { kind: "quiet wide-only", image: "redo", hideLabel: true, disabled: !state?.redo || state.read_only }),
    menuButton(t("look_and_language"), () => [
      ...["auto", "light", "dark"].map((one) => [t(`theme_${one}`), () => (theme(one), drawBar()), { auto: "auto", light: "sun", dark: "moon" }[one], theme() === one]),
      null,
      ...Object.entries(LANGUAGES).map(([code, name]) => [name, () => speak(code), "globe", code === language]),
    ], { image: "globe" }),
  );
  bar.querySelector(".find").append(h("kbd", {}, navigator.platform.startsWith("Mac") ? "⌘K" : "Ctrl K"));
}

function profileItems() {
  return [
    ...store.state.profiles.map(({ name }) => [name, safely(() => act("use_profile", { name })), "profiles", name === store.state.profile]),
    null,
    [t("manage_profiles"), () => (location.hash = "#/profiles"), "options"],
  ];
}

function speak(code) {
  chooseLanguage(code);
  drawAll();
  show(true);
}

function drawNotice() {
  const { state } = store;
  notice.className = `notice${store.connected ? "" : " bad"}`;
  if (!store.connected && state) fill(notice, icon("offline"), h("span", {}, t("offline")));
  else if (state?.search?.testing) fill(notice, icon("doctor"), h("span", { class: "grow" }, t("search_running")), h("a", { href: "#/doctor" }, t("to_search")));
  else if (state?.safe) fill(notice, icon("shield"), h("span", { class: "grow wrap" }, t("safe_running")), h("a", { href: "#/doctor" }, t("to_safe")));
  else if (state?.read_only) fill(notice, icon("eye"), t("read_only"));
  else fill(notice);
}

function drawAll() {
  document.title = `${t(`page_${route()[0]}`)} · ${store.state?.game ?? "vfsloader"}`;
  drawNav();
  drawBar();
  drawNotice();
}

async function show(force = false) {
  const [name, rest] = route();
  const mine = ++turn;
  document.title = `${t(`page_${name}`)} · ${store.state?.game ?? "vfsloader"}`;
  for (const link of nav.querySelectorAll("a:not(.brand)")) {
    if (link.getAttribute("href") === `#/${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (!force && shown?.name === name && shown.page.go) {
    shown.page.go(rest);
    return;
  }
  const module = await PAGES[name][1]();
  if (mine !== turn) return;
  shown?.page.close?.();
  const page = module.open(rest);
  const hadFocus = main.contains(document.activeElement) && !force;
  shown?.page.element.remove();
  shown = { name, page };
  main.append(page.element);
  say(t(`page_${name}`));
  if (hadFocus) page.element.querySelector("h1")?.focus();
}

function watchDrops() {
  let depth = 0;
  const veil = h("div", { class: "dropping", hidden: true }, t("drop_here"));
  document.body.append(veil);
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragenter", (event) => hasFiles(event) && ((depth += 1), (veil.hidden = false)));
  addEventListener("dragleave", (event) => hasFiles(event) && (depth -= 1) <= 0 && (veil.hidden = true));
  addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    veil.hidden = true;
    installFiles([...event.dataTransfer.files]);
  });
}

function onkey(event) {
  const command = event.ctrlKey || event.metaKey;
  if (event.defaultPrevented) return;
  const isTyping = event.target.matches?.("input, textarea, select");
  if (command && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
  } else if (!isTyping && command && event.key.toLowerCase() === "z") {
    event.preventDefault();
    safely(event.shiftKey ? redo : undo)();
  } else if (!isTyping && command && event.key.toLowerCase() === "y") {
    event.preventDefault();
    safely(redo)();
  } else if (!isTyping && !command && !event.altKey && event.key === "/") {
    const field = main.querySelector('input[type="search"]');
    if (field) {
      event.preventDefault();
      field.focus();
      field.select();
    }
  } else if (!isTyping && !command && !event.altKey && event.key === "?") {
    showKeys();
  }
}

export function showKeys() {
  const rows = [["Ctrl K", "keys_find"], ["/", "keys_search"], ["↑ ↓", "keys_rows"], ["Space", "keys_switch"], ["Enter", "keys_open"], ["Alt ↑ ↓", "keys_move"], ["Ctrl Z", "undo"], ["Ctrl Shift Z", "redo"], ["Esc", "keys_back"]];
  ask(t("keys"), { content: h("dl", { class: "facts" }, rows.map(([keys, words]) => [h("dt", {}, keys.split(/ (?=[A-Z↑↓])/).map((key) => h("kbd", {}, key))), h("dd", {}, t(words))])) });
}

async function begin() {
  theme();
  mountToasts();
  nav = h("nav", { class: "nav", "aria-label": t("pages") });
  bar = h("header", { class: "bar" });
  notice = h("div", { class: "notice", role: "status" });
  main = h("main", { class: "main", id: "main", tabindex: "-1" }, notice);
  const skip = h("a", { class: "skip", href: "#main", onclick: (event) => (event.preventDefault(), main.focus()) }, t("skip"));
  document.body.append(skip, h("div", { class: "shell" }, nav, bar, main));
  addEventListener("keydown", onkey);
  addEventListener("hashchange", () => show().catch(failed));
  watchDrops();
  watch((what) => {
    if (what === "mods") drawAll();
    if (what === "connection") drawNotice();
    shown?.page.update?.(what);
  });
  start((event) => {
    const hasRows = take(event); // whatever page is shown
    shown?.page.event?.(event, hasRows);
  });
  try {
    await refresh();
  } catch (error) {
    failed(error);
  }
  drawAll();
  set(document.body, { data: { ready: "1" } });
  await show();
}

begin().catch(failed);
