// Messages, dialogs, menus: what lies above the page for a moment.

import { h, button, fill, icon, unique } from "./dom.js";
import { t } from "./words.js";

let toasts;
let region;

export function mountToasts() {
  toasts = h("div", { class: "toasts" });
  region = h("div", { role: "status", "aria-live": "polite", class: "hidden-label" });
  document.body.append(toasts, region);
}

/** Show a message; with an action, such as undo. */
export function toast(text, { action = null, label = "", bad = false, seconds = bad ? 12 : 6 } = {}) {
  const element = h("div", { class: `toast fades${bad ? " bad" : ""}` }, h("span", { class: "wrap grow" }, text));
  const remove = () => element.remove();
  if (action) element.append(h("button", { type: "button", onclick: () => (remove(), action()) }, label));
  element.append(h("button", { type: "button", "aria-label": t("close"), onclick: remove }, icon("close")));
  while (toasts.children.length > 2) toasts.firstElementChild.remove();
  toasts.append(element);
  region.textContent = text;
  let timer = setTimeout(remove, seconds * 1000);
  element.addEventListener("pointerenter", () => clearTimeout(timer));
  element.addEventListener("pointerleave", () => (timer = setTimeout(remove, 3000)));
}

export const say = (text) => (region.textContent = text);

export function failed(error) {
  if (error?.name === "AbortError") return;
  toast(error?.message === "offline" ? t("offline_action") : (error?.message ?? String(error)), { bad: true });
}

/** Run an action of a button; errors are shown. */
export const safely = (action) => async (...values) => {
  try {
    return await action(...values);
  } catch (error) {
    failed(error);
    return undefined;
  }
};

/** Ask something. Resolves with what the form returns, or null. */
export function ask(title, { text = "", content = null, confirm = t("ok"), danger = false, read = () => true } = {}) {
  return new Promise((resolve) => {
    const label = unique("dialog");
    const dialog = h("dialog", { "aria-labelledby": label });
    const done = (value) => {
      dialog.close();
      dialog.remove();
      resolve(value);
    };
    const form = h(
      "form",
      {
        class: "body",
        onsubmit: (event) => {
          event.preventDefault();
          const value = read(form);
          if (value !== null && value !== undefined && value !== "") done(value);
        },
      },
      h("h2", { id: label }, title),
      text && h("p", { class: "dim wrap" }, text),
      content,
      h(
        "div",
        { class: "buttons" },
        button(t("cancel"), () => done(null)),
        h("button", { type: "submit", class: `button ${danger ? "danger" : "first"}` }, confirm),
      ),
    );
    dialog.append(form);
    dialog.addEventListener("cancel", (event) => (event.preventDefault(), done(null)));
    dialog.addEventListener("click", (event) => event.target === dialog && done(null));
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A button that opens a menu. Items: [label, action, icon] or null for a line. */
export function menuButton(label, items, { image = "more", kind = "quiet", hideLabel = true, text = null } = {}) {
  const id = unique("menu");
  const menu = h("div", { class: "menu", popover: "auto", id, role: "menu", "aria-label": label });
  const opener = button(text ?? label, null, { kind, image, hideLabel, popovertarget: id, "aria-haspopup": "menu", "aria-expanded": "false" });
  if (text) opener.setAttribute("aria-label", `${label}: ${text}`);
  menu.addEventListener("beforetoggle", (event) => {
    opener.setAttribute("aria-expanded", String(event.newState === "open"));
    if (event.newState !== "open") return;
    fill(
      menu,
      items().map((item) =>
        item
          ? h("button", { type: "button", role: item.length > 3 ? "menuitemradio" : "menuitem", "aria-checked": item.length > 3 ? String(item[3]) : undefined, onclick: () => (menu.hidePopover(), item[1]()) },
              icon(item[3] === true ? "check" : (item[2] ?? "forward")), h("span", { class: "wrap" }, item[0]))
          : h("hr", { role: "separator" }),
      ),
    );
  });
  menu.addEventListener("toggle", (event) => {
    if (event.newState !== "open") return;
    const place = opener.getBoundingClientRect();
    const size = menu.getBoundingClientRect();
    menu.style.left = `${Math.max(8, Math.min(place.left, innerWidth - size.width - 8))}px`;
    const below = place.bottom + 6;
    menu.style.top = `${below + size.height > innerHeight ? Math.max(8, place.top - size.height - 6) : below}px`;
    (menu.querySelector('[aria-checked="true"]') ?? menu.querySelector("button"))?.focus();
  });
  menu.addEventListener("keydown", (event) => {
    const buttons = [...menu.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      buttons[(next + buttons.length) % buttons.length]?.focus();
    }
  });
  return h("span", { class: "menu-button" }, opener, menu);
}

/** Whether a menu in a part of the page is open. That part is drawn again once it is closed: news must not close it. */
export function waitsForMenu(place, draw) {
  const menu = place.querySelector(".menu:popover-open");
  menu?.addEventListener("toggle", () => draw(), { once: true });
  return menu !== null;
}

/** Tabs of a page: [id, label] each; returns the bar and the panel to fill. */
export function tabs(label, all, chosen, onchoose) {
  const panel = h("div", { role: "tabpanel", id: unique("panel"), class: "stack", tabindex: "-1" });
  const bar = h("div", { class: "tabs", role: "tablist", "aria-label": label });
  const choose = (id, focus = false) => {
    for (const tab of bar.children) {
      const isChosen = tab.dataset.tab === id;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      if (isChosen) {
        panel.setAttribute("aria-labelledby", tab.id);
        if (focus) tab.focus();
      }
    }
    onchoose(id, panel);
  };
  for (const [id, name] of all) {
    bar.append(h("button", { type: "button", role: "tab", id: unique("tab"), "aria-controls": panel.id, data: { tab: id }, onclick: () => choose(id) }, name));
  }
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const ids = all.map(([id]) => id);
    const at = ids.indexOf(document.activeElement.dataset.tab);
    choose(ids[(at + step + ids.length) % ids.length], true);
  });
  queueMicrotask(() => choose(chosen));
  return { bar, panel, choose };
}
