// One mod, beside the list: what it is, what is wrong with it, its options, conflicts, rules and copies.

import { h, button, fill, icon, link, tile, toggle, empty } from "../dom.js";
import { address, get } from "../api.js";
import { act, nameOf, store } from "../store.js";
import { failed, menuButton, safely, waitsForMenu } from "../ui.js";
import { done, remove, switchMod, update } from "../actions.js";
import { number, t } from "../words.js";
import { problemCard } from "./problems.js";
import { OptionForm } from "./options.js";
import { findings } from "./findings.js";
import { rivals } from "./rivals.js";

export function openDetail(id, close) {
  const element = h("aside", { class: "side detail fades", "aria-label": nameOf(id), tabindex: "-1" });
  const form = new OptionForm(id);
  let facts = null;
  let conflicts = null;
  let found = null;

  async function refresh() {
    try {
      facts = await get("mod", { id });
    } catch (error) {
      if (error.status === 404) drawUnknown();
      else failed(error);
      return;
    }
    draw();
    conflicts = await get("conflicts").catch(() => conflicts);
    draw();
  }

  function drawUnknown() {
    const problems = store.problems.filter((problem) => problem.mod === id);
    fill(element, back(), h("h1", { class: "wrap" }, id), problems.length ? problems.map((problem) => problemCard(problem, { of: id })) : empty("mods", t("no_such_mod")));
  }

  const back = () => button(t("back"), close, { image: "back", kind: "quiet back" });

  function draw() {
    if (waitsForMenu(element, draw)) return;
    const mod = facts;
    const top = element.scrollTop;
    const focus = element.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    const isOn = mod.state !== "off";
    fill(
      element,
      back(),
      h("div", { class: "hero" },
        tile(mod.id, mod.name, mod.icon && address("icon", { id: mod.id, v: mod.icon }), "big"),
        h("div", { class: "grow stack", style: { gap: "0.3rem" } },
          h("h1", { class: "wrap", tabindex: "-1" }, mod.name),
          h("p", { class: "dim wrap" }, t("version", { version: mod.version }), mod.authors.length ? ` · ${mod.authors.join(", ")}` : ""),
          h("p", { class: "row wraps", style: { gap: "0.35rem" } }, h("span", { class: `tag ${{ on: "good", wrong: "bad", off: "" }[mod.state]}` }, t(`state_${mod.state}`)), mod.tags.map((tag) => h("span", { class: "tag" }, tag)))),
        h("div", { class: "row" }, menu(mod), toggle(t("switch_label", { name: mod.name }), isOn, () => switchMod(mod.id, !isOn), { class: mod.state === "wrong" ? "wrong" : "", disabled: store.state.read_only, data: { focus: "switch" } }))),
      mod.problems.map((problem) => problemCard(problem, { of: mod.id })),
      found,
      mod.description && h("p", { class: "pre" }, mod.description),
      mod.options.length > 0 && h("section", {}, h("h2", { class: "minor" }, t("options")), form.draw(mod)),
      conflictSection(mod),
      choiceSection(mod),
      partSection(mod),
      ruleSection(mod),
      copySection(mod),
      factSection(mod),
    );
    element.scrollTop = top;
    if (focus) element.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
  }

  function menu(mod) {
    const canChange = !store.state.read_only;
    return menuButton(t("more_about", { name: mod.name }), () => [
      [t("check_mod"), safely(check), "doctor"],
      [t("show_conflicts"), () => (location.hash = `#/conflicts/files/${encodeURIComponent(mod.id)}`), "conflicts"],
      ...(canChange ? [[t("update_mod"), () => update([mod.id]), "get"], null, [t("remove_mod"), () => remove(mod.id), "trash"]] : []),
    ]);
  }

  async function check() {
    found = findings(await get("check", { id }));
    draw();
    found.focus();
  }

  function conflictSection(mod) {
    if (mod.state !== "on") return null;
    if (!conflicts) return h("section", {}, h("h2", { class: "minor" }, t("page_conflicts")), h("p", { class: "skeleton" }, "…"));
    const { rows, changes } = rivals(conflicts, mod.id);
    return h("section", {}, h("h2", { class: "minor" }, t("page_conflicts")),
      !rows.length && !changes.length && h("p", { class: "dim" }, t("no_conflicts")),
      h("div", { class: "versus" },
        rows.slice(0, 12).map((row) => h("a", { href: `#/conflicts/files/${encodeURIComponent(mod.id)}${row.other ? `/${encodeURIComponent(row.layer)}` : ""}`, class: `is-${row.outcome}` },
          icon({ wins: "up", loses: "down", same: "check" }[row.outcome]),
          h("span", { class: "grow clip" }, t(`${row.outcome}_over`, { name: row.other ? nameOf(row.other) : t("the_game") })),
          h("span", { class: "dim number" }, number(row.files + row.values)))),
        changes.slice(0, 8).map((sentence) => h("p", { class: "dim wrap row" }, icon("data"), h("span", { class: "wrap" }, sentence)))));
  }

  function choiceSection(mod) {
    if (!mod.choices.length) return null;
    return h("section", {}, h("h2", { class: "minor" }, t("your_choices")), h("ul", { class: "stack" }, mod.choices.map((choice) =>
      h("li", { class: "row spread" }, h("span", { class: "clip" }, h("span", { class: "tag accent" }, t(choice.action === "prefer" ? "preferred" : "hidden")), " ", h("code", {}, choice.paths)),
        button(t("forget_choice"), safely(async () => (await act("unchoose", { paths: choice.paths, mod: mod.id }), done(t("choice_forgotten")))), { kind: "small", disabled: store.state.read_only })))));
  }

  function partSection(mod) {
    if (!mod.parts.length) return null;
    return h("section", {}, h("h2", { class: "minor" }, t("parts")), h("ul", { class: "stack" }, mod.parts.map((part) =>
      h("li", { class: "stack", style: { gap: "0.1rem" } }, h("span", { class: "row" }, h("span", { class: `tag ${part.on ? "good" : ""}` }, t(part.on ? "counts" : "counts_not")), h("code", { class: "clip" }, part.root)), part.why && h("span", { class: "dim small wrap" }, part.why)))));
  }

  function ruleSection(mod) {
    const rows = ["requires", "recommends", "incompatible", "provides"].flatMap((name) =>
      Object.entries(mod.rules[name]).map(([other, versions]) => [t(`rule_${name}`), h("span", {}, name === "provides" ? other : modLink(other), versions && versions !== "*" ? ` ${versions}` : "")]));
    for (const name of ["after", "before"]) for (const other of mod.rules[name]) rows.push([t(`rule_${name}`), modLink(other)]);
    const changed = Object.entries(mod.overridden);
    if (!rows.length && !changed.length) return null;
    return h("section", {}, h("h2", { class: "minor" }, t("rules")), h("dl", { class: "facts" }, rows.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
      changed.length > 0 && h("p", { class: "row wraps" }, h("span", { class: "tag accent" }, t("you_changed")), h("code", { class: "wrap" }, changed.map(([key, value]) => `${key}: ${Array.isArray(value) ? value.join(", ") : value}`).join("; ")),
        button(t("fix_clear_rules"), safely(() => act("clear_rules", { mod: mod.id })), { kind: "small", disabled: store.state.read_only })));
  }

  const modLink = (other) => (store.byId.has(other) ? h("a", { href: `#/mods/${encodeURIComponent(other)}` }, nameOf(other)) : h("span", {}, other));

  function copySection(mod) {
    if (mod.copies.length < 2) return null;
    return h("section", {}, h("h2", { class: "minor" }, t("copies")), h("ul", { class: "stack" }, mod.copies.map((copy) =>
      h("li", { class: "row spread" }, h("span", { class: "clip" }, copy.version, " ", h("span", { class: "dim" }, copy.path)),
        copy.used ? h("span", { class: "tag good" }, t("in_use")) : button(t("use_this"), safely(() => act("use_copy", { mod: mod.id, version: copy.version })), { kind: "small", disabled: store.state.read_only })))));
  }

  function factSection(mod) {
    const rows = [
      [t("id"), h("code", {}, mod.id)],
      mod.website && [t("website"), link(mod.website, mod.website)],
      mod.license && [t("license"), mod.license],
      mod.game_version && [t("game_version"), mod.game_version],
      [t("file"), h("code", { class: "wrap" }, mod.path)],
      mod.saves && [t("saves"), t("saves_text")],
      mod.binding === "cosmetic" && [t("sharing"), t("cosmetic_text")],
    ].filter(Boolean);
    return h("section", {}, h("h2", { class: "minor" }, t("about")), h("dl", { class: "facts small" }, rows.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])));
  }

  element.addEventListener("keydown", (event) => event.key === "Escape" && !event.target.matches("input, select") && close());
  refresh();
  return { id, element, refresh };
}
