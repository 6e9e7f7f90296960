// The options of a mod as a form. A change counts at once; a value that is not allowed is said beside its field.

import { h, button, toggle, unique } from "../dom.js";
import { act, store } from "../store.js";
import { done } from "../actions.js";
import { number, t } from "../words.js";

export class OptionForm {
  constructor(mod) {
    this.mod = mod;
    this.wrong = new Map();
  }

  draw(facts) {
    const groups = new Map();
    for (const option of facts.options) {
      if (!facts.shown.includes(option.name)) continue;
      if (!groups.has(option.group)) groups.set(option.group, []);
      groups.get(option.group).push(option);
    }
    const isChanged = facts.options.some((option) => option.value !== option.default);
    this.element = h("form", { class: "options stack", onsubmit: (event) => event.preventDefault() },
      [...groups].map(([group, options]) => h("fieldset", {}, group && h("legend", {}, group), options.map((option) => this.option(option)))),
      isChanged && !store.state.read_only && h("div", {}, button(t("fix_reset_options"), () => this.change("reset_options", {}), { kind: "small", image: "undo" })));
    return this.element;
  }

  option(option) {
    const id = unique("option");
    const help = option.help ? `${id}-help` : undefined;
    const wrong = this.wrong.get(option.name);
    const described = [help, wrong && `${id}-wrong`].filter(Boolean).join(" ") || undefined;
    const common = { id, "aria-describedby": described, "aria-invalid": wrong ? "true" : undefined, disabled: store.state.read_only, data: { focus: `option-${option.name}` } };
    const label = h("label", { for: id, class: "grow wrap" }, option.label);
    const notes = [
      help && h("p", { id: help, class: "dim small wrap" }, option.help),
      wrong && h("p", { id: `${id}-wrong`, class: "wrong", role: "alert" }, wrong),
    ];
    if (option.type === "bool") {
      const control = toggle(option.label, option.value, () => this.set(option, !option.value), common);
      return h("div", { class: "option" }, h("div", { class: "row spread" }, label, control), notes);
    }
    return h("div", { class: "option" }, label, this.control(option, common), notes);
  }

  control(option, common) {
    const take = (event) => this.set(option, read(option, event.target.value));
    if (option.type === "choice") {
      return h("select", { class: "input", ...common, onchange: (event) => this.set(option, option.choices[event.target.selectedIndex][0]) },
        option.choices.map(([value, label]) => h("option", { value: String(value), selected: value === option.value }, label)));
    }
    if (option.type === "int" || option.type === "float") {
      const step = option.step ?? (option.type === "int" ? 1 : "any");
      const span = option.min !== null && option.max !== null ? option.max - option.min : Infinity;
      if (span > 1000) return h("input", { type: "number", class: "input", ...common, min: option.min, max: option.max, step, value: option.value, onchange: take });
      const shown = h("output", { class: "number", for: common.id, style: { "min-width": "3.2rem", "text-align": "right" } }, number(option.value, 3));
      const slider = h("input", {
        type: "range", class: "grow", ...common, min: option.min, max: option.max, step: step === "any" ? span / 100 : step,
        oninput: (event) => (shown.textContent = number(Number(event.target.value), 3)), onchange: take,
      });
      slider.value = option.value;
      return h("div", { class: "row" }, slider, shown);
    }
    if (option.type === "color") {
      return h("div", { class: "row" }, h("input", { type: "color", class: "input", ...common, value: String(option.value).slice(0, 7), onchange: take }), h("code", {}, option.value));
    }
    if (option.type === "key") {
      return h("input", {
        type: "text", class: "input mono", ...common, value: option.value, placeholder: t("press_key"), autocomplete: "off", readonly: true,
        onkeydown: (event) => {
          const name = event.key === "Tab" ? "" : keyName(event);
          if (!name) return;
          event.preventDefault();
          this.set(option, name);
        },
      });
    }
    return h("input", { type: "text", class: "input", ...common, value: option.value, maxlength: option.max_length, onchange: take });
  }

  set(option, value) {
    return this.change("set_option", { name: option.name, value }, option);
  }

  async change(name, facts, option = null) {
    try {
      this.wrong.clear();
      await act(name, { mod: this.mod, ...facts });
      if (name === "reset_options") done(t("options_reset"));
    } catch (error) {
      if (!option) throw error;
      this.wrong.set(option.name, error.message);
      const fresh = this.option(option);
      this.element.querySelector(`[data-focus="option-${CSS.escape(option.name)}"]`)?.closest(".option")?.replaceWith(fresh);
      fresh.querySelector("[data-focus]")?.focus();
    }
  }
}

function read(option, text) {
  if (option.type === "int") return /^-?\d+$/.test(text) ? Number(text) : text;
  if (option.type === "float") return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
  return text;
}

const NAMES = { " ": "space", Enter: "return", Escape: "escape", ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right", Backspace: "backspace", Delete: "delete", Home: "home", End: "end", PageUp: "page up", PageDown: "page down", Insert: "insert" };

/** The name of a key as pygame and pyglet have it. */
function keyName(event) {
  if (["Control", "Shift", "Alt", "Meta"].includes(event.key)) return "";
  const name = NAMES[event.key] ?? event.key.toLowerCase();
  const held = [["ctrl", event.ctrlKey], ["alt", event.altKey], ["shift", event.shiftKey && name.length > 1], ["meta", event.metaKey]];
  return [...held.filter(([, isHeld]) => isHeld).map(([key]) => key), name].join("+");
}
