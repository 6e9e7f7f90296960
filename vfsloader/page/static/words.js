// Texts in the user's language, with numbers, sizes and times as that language writes them.

import en from "./words/en.js";
import de from "./words/de.js";
import fr from "./words/fr.js";

const ALL = { en, de, fr };
export const LANGUAGES = { en: "English", de: "Deutsch", fr: "Français" };
const KEY = "vfsloader-language";

function preferred() {
  const chosen = localStorage.getItem(KEY);
  if (chosen in ALL) return chosen;
  return navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag in ALL) ?? "en";
}

export let language = preferred();
let plural = new Intl.PluralRules(language);
document.documentElement.lang = language;

export function chooseLanguage(next) {
  localStorage.setItem(KEY, next);
  language = next;
  plural = new Intl.PluralRules(next);
  document.documentElement.lang = next;
}

/** Return a text; facts replace names in braces. A text with forms is chosen by `count`. */
export function t(key, facts = {}) {
  let text = ALL[language][key] ?? en[key] ?? key;
  if (typeof text === "object") text = text[plural.select(facts.count ?? 0)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = facts[name];
    return value === undefined ? whole : typeof value === "number" ? number(value) : String(value);
  });
}

export const has = (key) => key in en;

export function number(value, digits = 0) {
  return new Intl.NumberFormat(language, { maximumFractionDigits: digits, minimumFractionDigits: digits && value % 1 ? digits : 0 }).format(value);
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"];
export function bytes(value) {
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return new Intl.NumberFormat(language, { style: "unit", unit: UNITS[unit], unitDisplay: unit ? "short" : "narrow", maximumSignificantDigits: 3 }).format(value);
}

export function when(text) {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return text;
  const seconds = (date - Date.now()) / 1000;
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  for (const [unit, length] of [["minute", 60], ["hour", 3600], ["day", 86400]]) {
    const next = { minute: 60, hour: 24, day: 7 }[unit];
    if (Math.abs(seconds) < 45) return relative.format(0, "second");
    if (Math.abs(seconds) < length * next) return relative.format(Math.round(seconds / length), unit);
  }
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(date);
}

export function list(names, most = 3) {
  const shown = names.slice(0, most);
  if (names.length > most) shown.push(t("and_more", { count: names.length - most }));
  return new Intl.ListFormat(language, { type: "conjunction" }).format(shown);
}
