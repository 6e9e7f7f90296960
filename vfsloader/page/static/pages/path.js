// One path: every layer's version of it, the winner first, and what the game gets in the end.

import { h, button, empty, fill, icon, layerName } from "../dom.js";
import { address, get } from "../api.js";
import { act, layerLabel, nameOf, store } from "../store.js";
import { failed, safely } from "../ui.js";
import { done } from "../actions.js";
import { bytes, t } from "../words.js";

const VIEWS = {
  picture: () => import("../views/picture.js"),
  sound: () => import("../views/sound.js"),
  text: () => import("../views/text.js"),
  data: () => import("../views/data.js"),
  map: () => import("../views/map.js"),
};

export function openPath(path, close) {
  const element = h("aside", { class: "side detail fades", "aria-label": path, tabindex: "-1" });
  const stage = h("div", { class: "stack" });
  let view = null;
  let drawn = "";

  async function refresh() {
    let facts;
    try {
      facts = await get("versions", { path });
    } catch (error) {
      failed(error);
      return;
    }
    draw(facts);
    const mark = JSON.stringify([facts, store.files, document.documentElement.lang]);
    if (mark === drawn) return;
    drawn = mark;
    view?.close?.();
    view = null;
    fill(stage);
    const wholes = facts.parts.filter((part) => part.role === "whole");
    if (!VIEWS[facts.kind] || !wholes.length) return;
    try {
      const module = await VIEWS[facts.kind]();
      view = module.open(facts, wholes);
      fill(stage, view.element);
    } catch (error) {
      fill(stage, h("p", { class: "dim wrap" }, error.message));
    }
  }

  const label = (part) => layerName(part.layer, { own: part.own, label: layerLabel(part.layer) });

  function draw(facts) {
    const isEditable = !store.state.read_only;
    const choose = (name, part, words) => safely(async () => {
      await act(name, { ...(part.paths ? { paths: part.paths } : { path }), mod: part.mod });
      done(t(words, { name: nameOf(part.mod), path: path.split("/").pop() }));
    });
    const chosen = (part) => facts.choices.find((choice) => choice.mod === part.mod);
    const focus = element.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    fill(
      element,
      button(t("back"), close, { image: "back", kind: "quiet back" }),
      h("div", { class: "stack", style: { gap: "0.35rem" } },
        h("h1", { class: "wrap" }, path.split("/").pop()),
        h("p", { class: "dim wrap small mono" }, path)),
      h("div", { class: "row wraps" },
        facts.winner && h("a", { class: "button small", href: address("file", { path, download: 1 }), download: "" }, icon("get"), t("download")),
        h("span", { class: "dim" }, facts.winner === null ? t(facts.hidden_by ? "hidden_by" : "no_file", { name: nameOf(facts.hidden_by ?? "") }) : t("versions_count", { count: facts.parts.length }))),
      h("ol", { class: "stack", "aria-label": t("versions_of_path"), style: { gap: "0.5rem" } },
        facts.parts.map((part) => h("li", { class: `stackrow${part.wins ? " wins" : ""}${part.used ? "" : " unused"}` },
          h("div", { class: "stack", style: { gap: "0.15rem" } },
            h("div", { class: "row wraps" }, label(part),
              part.wins && h("span", { class: "tag good" }, t("is_used")),
              part.same && !part.wins && h("span", { class: "tag" }, t("is_same")),
              part.role !== "whole" && h("span", { class: `tag ${part.used ? "accent" : ""}` }, t(`role_${part.role}`)),
              chosen(part) && h("span", { class: "tag accent" }, t(chosen(part).action === "prefer" ? "preferred" : "hidden"))),
            h("p", { class: "dim small wrap" }, part.change || bytes(part.size), !part.used && part.role !== "whole" ? ` · ${t("no_effect")}` : "")),
          h("div", { class: "buttons" },
            part.role === "whole" && h("a", { class: "button quiet small only-icon", title: t("download"), href: address("file", { path, layer: part.layer, download: 1 }), download: "", "aria-label": t("download_of", { name: part.layer }) }, icon("get")),
            isEditable && !part.own && chosen(part) && button(t("forget_choice"), choose("unchoose", { ...part, paths: chosen(part).paths }, "choice_forgotten"), { kind: "small", image: "undo", data: { focus: `un-${part.layer}` } }),
            isEditable && !part.own && !chosen(part) && part.role === "whole" && !part.wins && button(t("prefer"), choose("prefer", part, "did_prefer"), { kind: "small", image: "star", data: { focus: `p-${part.layer}` }, "aria-label": t("prefer_of", { name: nameOf(part.mod) }) }),
            isEditable && !part.own && !chosen(part) && part.role === "whole" && button(t("hide"), choose("hide", part, "did_hide"), { kind: "small", image: "hide", data: { focus: `h-${part.layer}` }, "aria-label": t("hide_of", { name: nameOf(part.mod) }) })))),
        facts.choices.filter((choice) => !facts.parts.some((part) => part.mod === choice.mod)).map((choice) => h("li", { class: "stackrow unused" },
          h("div", { class: "row wraps" }, layerName(choice.mod, { label: nameOf(choice.mod) }), h("span", { class: "tag accent" }, t(choice.action === "prefer" ? "preferred" : "hidden")),
            choice.paths !== path && h("span", { class: "dim mono small wrap" }, choice.paths)),
          h("div", { class: "buttons" }, isEditable && button(t("forget_choice"), choose("unchoose", choice, "choice_forgotten"), { kind: "small", image: "undo" }))))),
      !facts.parts.length && empty("file", t("no_file")),
      stage,
    );
    if (focus) element.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
  }

  element.addEventListener("keydown", (event) => event.key === "Escape" && !event.target.matches("input, select") && close());
  refresh();
  return { path, element, refresh, close: () => view?.close?.() };
}
