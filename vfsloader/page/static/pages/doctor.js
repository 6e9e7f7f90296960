// Guided help: which mod is guilty of a fault, what became of a start in safe mode, and a check of all mods.

import { h, button, fill, icon, layerName } from "../dom.js";
import { get, post } from "../api.js";
import { act, nameOf, refresh, store } from "../store.js";
import { ask, safely, toast } from "../ui.js";
import { done } from "../actions.js";
import { number, t } from "../words.js";
import { findings } from "./findings.js";

const answer = safely(async (verdict) => {
  await post("bisect", { verdict });
  await refresh();
});
const decide = safely(async (choice) => {
  await post("safe", { choice });
  await refresh();
  toast(t("safe_done"));
});

export function open() {
  const inner = h("div", { class: "inner" });
  const element = h("div", { class: "page" }, inner);
  const search = h("section", { class: "card stack" });
  const safe = h("section", { class: "card stack" });
  const check = h("section", { class: "card stack" });
  let checking = null;
  fill(inner, h("div", { class: "stack" }, h("h1", { tabindex: "-1" }, t("page_doctor")), h("p", { class: "lead" }, t("doctor_lead"))), search, safe, check);

  const names = (mods) => h("div", { class: "names" }, mods.map((mod) => h("a", { class: "chip", href: `#/mods/${encodeURIComponent(mod)}` }, layerName(mod, { label: nameOf(mod) }))));

  function drawSearch() {
    const { state } = store;
    const now = state?.search;
    const title = h("h2", { class: "row" }, icon("doctor"), t("bisect"));
    if (!now || (now.testing === null && !now.found.length && now.trials === 0)) {
      fill(search, title, h("p", { class: "dim" }, t("bisect_lead", { count: state?.enabled ?? 0 })),
        h("ol", { class: "steps" }, ["bisect_step1", state?.live ? "bisect_step2_live" : "bisect_step2", "bisect_step3"].map((step) => h("li", {}, h("span", {}, t(step))))),
        h("div", {}, button(t("bisect_start"), () => answer("start"), { kind: "first", disabled: state?.read_only || !state?.enabled })));
      return;
    }
    if (now.testing === null) {
      const guilty = now.found;
      fill(search, title,
        h("div", { class: `card ${now.contradictory || !guilty.length ? "warn" : "bad"} stack` },
          h("strong", {}, t(now.contradictory ? "bisect_contradictory" : now.absent ? "bisect_absent" : guilty.length > 1 ? "bisect_together" : guilty.length ? "bisect_found" : "bisect_none")),
          guilty.length > 0 && names(guilty),
          guilty.length > 0 && h("div", { class: "row wraps" }, guilty.map((mod) => button(t(now.absent ? "switch_on" : "switch_off", { name: nameOf(mod) }), safely(async () => {
            const result = await act(now.absent ? "enable" : "disable", { mod });
            if (!result.impossible) done(t(now.absent ? "now_on" : "now_off", { name: nameOf(mod) }));
          }), { kind: "small first" })))),
        h("div", { class: "row" }, button(t("bisect_again"), () => answer("start"), {}), button(t("close"), () => answer("cancel"), { kind: "quiet" })));
      return;
    }
    fill(search, title,
      h("p", { role: "status" }, t("bisect_trial", { trial: now.trials + 1, count: now.left })),
      h("div", { class: "meter", role: "progressbar", "aria-label": t("bisect"), "aria-valuemin": 0, "aria-valuemax": now.trials + now.left, "aria-valuenow": now.trials }, h("i", { style: { width: `${(100 * now.trials) / Math.max(1, now.trials + now.left)}%` } })),
      !state.live && h("div", { class: "stack" }, h("p", {}, t("bisect_command")), h("div", { class: "command" }, h("code", { class: "grow" }, now.command), button(t("copy"), () => navigator.clipboard.writeText(now.command).then(() => toast(t("copied")))))),
      h("p", { class: "dim" }, t("bisect_now", { count: now.testing.length })), names(now.testing.slice(0, 40)), now.testing.length > 40 && h("p", { class: "dim" }, t("and_more", { count: now.testing.length - 40 })),
      h("h3", {}, t("bisect_question")),
      h("div", { class: "verdicts" },
        button(t("bisect_bad"), () => answer("bad"), { image: "alert", kind: "danger" }),
        button(t("bisect_good"), () => answer("good"), { image: "check" }),
        button(t("bisect_skip"), () => answer("skip"), {})),
      h("div", {}, button(t("bisect_cancel"), () => answer("cancel"), { kind: "quiet small" })));
  }

  function drawSafe() {
    const { state } = store;
    const now = state?.safe;
    fill(safe, h("h2", { class: "row" }, icon("shield"), t("safe_mode")),
      now
        ? [h("p", { class: "wrap" }, t("safe_now")), now.left_out.length > 0 && names(now.left_out), h("p", { class: "dim small wrap" }, now.why),
            h("div", { class: "row wraps" }, button(t("safe_keep"), () => decide("keep"), { kind: "first" }), button(t("safe_again"), () => decide("again")), button(t("safe_bisect"), () => decide("bisect")))]
        : [h("p", { class: "dim" }, t("safe_lead")),
            h("div", { class: "row wraps" }, button(t("disable_all"), safely(async () => (await ask(t("disable_all"), { text: t("disable_all_text") })) && (await act("disable_all"), done(t("all_off")))), { disabled: state?.read_only }), h("a", { class: "button", href: "#/history" }, t("page_history")))]);
  }

  function drawCheck() {
    const title = h("h2", { class: "row" }, icon("check"), t("check_all"));
    if (!checking) {
      fill(check, title, h("p", { class: "dim" }, t("check_all_lead")), h("div", {}, button(t("check_all_start"), start, { kind: "first" })));
      return;
    }
    const { done: count, total, results } = checking;
    const wrong = results.filter((one) => one.findings.some((found) => !found.note));
    fill(check, title,
      h("p", { role: "status" }, count < total ? t("checking", { count, total }) : wrong.length ? t("check_all_found", { count: wrong.length, total }) : t("check_all_clean", { count: total })),
      h("div", { class: "meter", role: "progressbar", "aria-label": t("check_all"), "aria-valuemin": 0, "aria-valuemax": total, "aria-valuenow": count }, h("i", { style: { width: `${(100 * count) / Math.max(1, total)}%` } })),
      results.filter((one) => one.findings.length).map((one) => h("div", { class: "stack", style: { gap: "0.4rem" } }, h("h3", {}, store.byId.has(one.id) ? h("a", { href: `#/mods/${encodeURIComponent(one.id)}` }, nameOf(one.id)) : one.id), findings(one))),
      count >= total ? h("div", {}, button(t("check_again"), start)) : h("div", {}, button(t("cancel"), () => ((checking = null), drawCheck()))));
  }

  const start = safely(async () => {
    const ids = [...store.mods.mods.map((mod) => mod.id), ...store.mods.broken.map((mod) => mod.id)];
    const mine = (checking = { done: 0, total: ids.length, results: [] });
    drawCheck();
    for (const id of ids) {
      const result = await get("check", { id }).catch((error) => ({ id, findings: [{ kind: "", file: id, key: "", sentence: error.message, note: false }], more: 0 }));
      if (checking !== mine) return;
      mine.done += 1;
      mine.results.push(result);
      if (result.findings.length || mine.done % 10 === 0 || mine.done === mine.total) drawCheck();
    }
  });

  const draw = () => (drawSearch(), drawSafe());
  draw();
  drawCheck();
  return { element, update: (what) => what === "mods" && draw(), go() {}, close: () => (checking = null) };
}
