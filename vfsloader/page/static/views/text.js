// Texts of two layers as a difference, line by line.

import { h, fill } from "../dom.js";
import { get } from "../api.js";
import { layerLabel } from "../store.js";
import { safely } from "../ui.js";
import { number, t } from "../words.js";
import { diffLines } from "./diff.js";

const MOST_ROWS = 4000;

export function open(facts, wholes) {
  const { path } = facts;
  const name = (part) => (layerLabel(part.layer));
  const place = h("div", { class: "stack" });
  let before = Math.min(1, wholes.length - 1);
  let after = 0;

  const draw = safely(async () => {
    const [one, other] = await Promise.all([before, after].map((at) => get("text", { path, layer: wholes[at].layer })));
    const rows = before === after ? other.text.split("\n").map((line, at) => [" ", at + 1, at + 1, line]) : diffLines(one.text, other.text);
    const kinds = { "+": "added", "-": "removed", "…": "skip", " ": "" };
    const spoken = { "+": t("line_added"), "-": t("line_removed") };
    fill(place,
      rows.every(([kind]) => kind === "…") && before !== after && h("p", { class: "dim" }, t("texts_same")),
      h("div", { class: "diff", tabindex: "0", role: "group", "aria-label": t("difference") }, h("div", { class: "lines" },
        rows.slice(0, MOST_ROWS).map(([kind, x, y, text]) => h("div", { class: kinds[kind] },
          h("span", {}, x ?? ""), h("span", {}, y ?? ""), h("span", { "aria-hidden": "true" }, kind === "…" ? "⋯" : kind),
          h("span", {}, spoken[kind] && h("span", { class: "hidden-label" }, `${spoken[kind]}: `), kind === "…" ? t("lines_same", { count: text }) : text))))),
      (rows.length > MOST_ROWS || one.cut || other.cut) && h("p", { class: "dim" }, t("text_cut", { count: number(MOST_ROWS) })));
  });
  const select = (label, value, set) => h("label", { class: "row grow" }, h("span", { class: "hidden-label" }, label),
    h("select", { class: "input", onchange: (event) => (set(event.target.selectedIndex), draw()) }, wholes.map((part, at) => h("option", { selected: at === value }, name(part)))));
  draw();
  return {
    element: h("section", {}, h("h2", { class: "minor" }, t(wholes.length > 1 ? "difference" : "content")),
      wholes.length > 1 && h("div", { class: "row" }, select(t("first_version"), before, (at) => (before = at)), h("span", { "aria-hidden": "true" }, "→"), select(t("second_version"), after, (at) => (after = at))), place),
  };
}
