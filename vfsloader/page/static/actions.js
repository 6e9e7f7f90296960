// What several pages can do to the mods, each with a message that says what happened and offers to take it back.

import { h } from "./dom.js";
import { post, upload } from "./api.js";
import { act, nameOf, refresh, store } from "./store.js";
import { ask, failed, safely, say, toast } from "./ui.js";
import { list, t, bytes } from "./words.js";

const undoing = { label: () => t("undo"), action: safely(() => undo()) };

export function done(text) {
  toast(text, { label: undoing.label(), action: undoing.action });
}

export async function undo() {
  const { what } = await act("undo");
  toast(what ? t("undone", { what }) : t("nothing_to_undo"), what ? { label: t("redo"), action: safely(redo) } : {});
}

export async function redo() {
  const { what } = await act("redo");
  if (what) done(t("redone", { what }));
  else toast(t("nothing_to_redo"));
}

/** Switch a mod; what cannot load is explained on the spot. */
export const switchMod = safely(async (id, on) => {
  const result = await act(on ? "enable" : "disable", { mod: id });
  if (result.impossible) {
    await explain(id, result.impossible);
    return;
  }
  const others = [...result.enabled, ...result.disabled].filter((other) => other !== id).map(nameOf);
  const name = nameOf(id);
  if (others.length) done(t(on ? "on_with" : "off_with", { name, others: list(others), count: others.length }));
  else done(t(on ? "now_on" : "now_off", { name }));
});

async function explain(id, problems) {
  const { problemCard } = await import("./pages/problems.js");
  await ask(t("cannot_load", { name: nameOf(id) }), {
    content: h("div", { class: "stack" }, problems.map((problem) => problemCard(problem))),
    confirm: t("switch_on_anyway"),
    read: () => true,
  }).then(async (isWanted) => {
    if (isWanted) {
      await act("enable_only", { mod: id });
      done(t("now_on", { name: nameOf(id) }));
    }
  });
}

/** Move a mod; a rule that forbids it is returned as a sentence. */
export async function move(id, target) {
  try {
    await act("move", { mod: id, ...target });
    done(t("moved", { name: nameOf(id) }));
    return null;
  } catch (error) {
    if (error.status !== 409) {
      failed(error);
      return null;
    }
    say(error.message);
    return error.message;
  }
}

/** Do what the button of a problem offers. */
export const applyFix = safely(async (fix) => {
  switch (fix.do) {
    case "enable":
    case "disable":
      return switchMod(fix.mod, fix.do === "enable");
    case "install":
      return install(fix.mod);
    case "update":
      return run("update", { ids: [fix.mod] });
    case "show":
      location.hash = `#/mods/${encodeURIComponent(fix.mod)}`;
      return undefined;
    default: {
      const { do: name, words, ...facts } = fix;
      await act(name, facts);
      return done(t("fixed", { name: nameOf(fix.mod) }));
    }
  }
});

// --- getting mods ------------------------------------------------------------------------------------------

let jobs = 0;

/** Show a plan and what it asks, and return whether the player agrees. */
function agree(what, plan) {
  const total = plan.changes.reduce((sum, change) => sum + change.size, 0);
  const rows = plan.changes.map((change) =>
    h("li", { class: "row spread" },
      h("span", { class: "wrap" }, change.mod),
      h("span", { class: "dim number" }, change.new === null ? t("is_removed") : change.old ? `${change.old} → ${change.new}` : change.new)),
  );
  return ask(t(`plan_${what}`), {
    text: total ? t("to_download", { size: bytes(total) }) : "",
    content: h("div", { class: "stack" }, h("ul", { class: "stack card" }, rows), plan.notes.map((note) => h("p", { class: "dim wrap" }, note))),
    confirm: t(`do_${what}`),
    danger: what === "remove",
  });
}

/** Show what a change of the installed mods takes, and carry it out if the player agrees. */
async function run(what, facts) {
  const plan = await post("plan_get", { what, ...facts });
  if (!plan.changes.length) {
    toast(plan.notes[0] ?? t("nothing_to_change"));
    return;
  }
  const isSmall = what === "install" && plan.changes.length === 1 && !plan.notes.length;
  const isAgreed = isSmall || (await agree(what, plan));
  if (!isAgreed) return;
  const job = `job-${++jobs}`;
  await post("get", { what, ...facts, job, accepted: plan.questions });
  await refresh();
  toast(t(`did_${what}`, { names: list(plan.changes.map((change) => nameOf(change.mod))) }), what === "undo" ? {} : {
    label: t("undo"),
    action: safely(() => run("undo", {})),
  });
}

export const install = safely((source) => run("install", { source }));
export const update = safely((ids) => run("update", ids ? { ids } : {}));
export const remove = safely((mod) => run("remove", { mod }));
export const undoInstall = safely(() => run("undo", {}));

/** Install files that were dropped or chosen. */
export const installFiles = async (files) => {
  for (const file of files) {
    if (store.state?.read_only) return toast(t("read_only"), { bad: true });
    toast(t("installing", { name: file.name }));
    try {
      let result = await upload(file, `job-${++jobs}`);
      if (!result.done) {
        if (!(await agree("install", result))) continue;
        result = await upload(file, `job-${++jobs}`, result.questions);
        if (!result.done) throw new Error(result.notes[0]); // the mods have changed since
      }
      await refresh();
      toast(t("installed", { names: result.changes.join(", ") || file.name }), { label: t("undo"), action: safely(() => run("undo", {})) });
      result.notes.forEach((note) => toast(note));
    } catch (error) {
      toast(t("not_installed", { name: file.name, reason: error.message === "offline" ? t("offline_action") : error.message }), { bad: true });
    }
  }
  return undefined;
};
