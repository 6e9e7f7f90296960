// What was changed and when; any earlier set can be restored, as one change that can be undone.

import { h, button, empty, fill } from "../dom.js";
import { get } from "../api.js";
import { act, store } from "../store.js";
import { safely } from "../ui.js";
import { done, redo, undo } from "../actions.js";
import { t, when } from "../words.js";

export function open() {
  const inner = h("div", { class: "inner" });
  const element = h("div", { class: "page" }, inner);

  const draw = safely(async () => {
    const past = await get("history");
    const isFixed = store.state.read_only;
    fill(inner,
      h("div", { class: "row spread wraps" },
        h("div", { class: "stack" }, h("h1", { tabindex: "-1" }, t("page_history")), h("p", { class: "lead" }, t("history_lead", { profile: store.state.profile }))),
        h("div", { class: "row" },
          button(t("undo"), safely(undo), { image: "undo", disabled: !store.state.undo || isFixed }),
          button(t("redo"), safely(redo), { image: "redo", disabled: !store.state.redo || isFixed }))),
      past.length
        ? h("ol", { class: "card flush timeline" }, past.map((entry) => h("li", {},
            h("span", { class: "dot", "aria-hidden": "true" }),
            h("div", { class: "grow" }, h("p", { class: "wrap" }, entry.what), h("p", { class: "dim small" }, h("time", { datetime: entry.when }, when(entry.when)))),
            button(t("restore"), safely(async () => (await act("restore", { index: entry.index, when: entry.when }), done(t("restored")))), { kind: "small", disabled: isFixed, "aria-label": t("restore_before", { what: entry.what }) }))))
        : h("div", { class: "card" }, empty("history", t("no_history"), h("p", {}, t("no_history_text")))));
  });
  draw();
  return { element, update: (what) => what === "mods" && draw(), go() {} };
}
