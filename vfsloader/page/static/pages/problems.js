// Everything that is wrong or could be better, the cause first, with a button for each fix.

import { h, button, empty, fill, icon } from "../dom.js";
import { has, t } from "../words.js";
import { nameOf, store } from "../store.js";
import { applyFix } from "../actions.js";

/** A problem: what to do, why, and buttons. */
export function problemCard(problem, { of = null } = {}) {
  const facts = { name: problem.name, other: problem.other_name };
  const title = has(`problem_${problem.kind}`) ? t(`problem_${problem.kind}`, facts) : problem.fix;
  const fixes = store.state?.read_only ? [] : problem.fixes;
  return h("div", { class: `card problem ${problem.warning ? "warn" : "bad"}` },
    h("p", { class: "title" }, icon("alert"), h("span", { class: "wrap" }, title)),
    h("p", { class: "small" }, sentence(problem)),
    (fixes.length > 0 || of !== problem.mod) && h("div", { class: "row wraps" },
      fixes.map((fix, index) => button(t(fix.words, { name: nameOf(fix.mod), other: nameOf(fix.other ?? ""), after: nameOf(fix.after ?? "") }), () => applyFix(fix), { kind: index ? "small" : "small first" })),
      of !== problem.mod && store.byId.has(problem.mod) && h("a", { class: "button small quiet", href: `#/mods/${encodeURIComponent(problem.mod)}` }, t("show_mod", { name: problem.name }))));
}

const sentence = (problem) => `${problem.fix}: ${problem.why}${/[.?!]$/.test(problem.why) ? "" : "."}`;

export function open() {
  const inner = h("div", { class: "inner" });
  const element = h("div", { class: "page" }, inner);

  function draw() {
    const wrong = store.problems.filter((problem) => !problem.warning);
    const hints = store.problems.filter((problem) => problem.warning);
    const section = (title, problems) => problems.length > 0 && h("section", { class: "stack" }, h("h2", {}, title), problems.map((problem) => problemCard(problem)));
    fill(inner,
      h("div", { class: "stack" }, h("h1", { tabindex: "-1" }, t("page_problems")), h("p", { class: "lead" }, t("problems_lead"))),
      !store.problems.length && h("div", { class: "card" }, empty("check", t("no_problems"), h("p", {}, t("no_problems_text")))),
      section(t("must_be_fixed", { count: wrong.length }), wrong),
      section(t("worth_knowing", { count: hints.length }), hints),
      h("p", {}, h("a", { class: "button", href: "#/doctor" }, icon("doctor"), t("check_everything"))));
  }
  draw();
  return { element, update: (what) => what === "mods" && draw(), go() {} };
}
