// Several choices of mods under names, and exchanging them with other players.

import { h, button, fill, icon, unique } from "../dom.js";
import { post } from "../api.js";
import { act, store } from "../store.js";
import { ask, menuButton, safely, toast, waitsForMenu } from "../ui.js";
import { t } from "../words.js";

function askName(title) {
  const id = unique("name");
  return ask(title, {
    content: h("div", { class: "field" }, h("label", { for: id }, t("name")), h("input", { class: "input", id, maxlength: 60, required: true, autocomplete: "off" })),
    read: (form) => form.querySelector("input").value.trim(),
    confirm: t("save"),
  });
}

const copy = safely(async () => {
  const name = await askName(t("new_profile"));
  if (!name) return;
  await act("copy_profile", { name });
  await act("use_profile", { name });
  toast(t("profile_made", { name }));
});

const drop = safely(async (name) => {
  if (await ask(t("delete_profile", { name }), { text: t("delete_profile_text"), danger: true, confirm: t("delete") })) await act("delete_profile", { name });
});

const save = safely(async () => {
  const { profile } = await post("do/export_profile");
  const url = URL.createObjectURL(new Blob([JSON.stringify(profile, null, 2)], { type: "application/json" }));
  h("a", { href: url, download: `${store.state.profile}.profile.json` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
});

const load = safely(async (file) => {
  let profile;
  try {
    profile = JSON.parse(await file.text());
  } catch {
    toast(t("not_a_profile", { name: file.name }), { bad: true });
    return;
  }
  const { differences } = await act("import_profile", { profile });
  if (!differences.length) toast(t("profile_loaded"));
  else await ask(t("profile_differs"), { content: h("ul", { class: "stack" }, differences.map((one) => h("li", { class: "wrap" }, one.sentence))) });
});

export function open() {
  const inner = h("div", { class: "inner" });
  const element = h("div", { class: "page" }, inner);
  const input = h("input", { type: "file", accept: ".json", hidden: true, tabindex: "-1", onchange: () => input.files[0] && (load(input.files[0]), (input.value = "")) });

  function draw() {
    const { state } = store;
    if (!state || waitsForMenu(inner, draw)) return;
    fill(inner,
      h("div", { class: "stack" }, h("h1", { tabindex: "-1" }, t("page_profiles")), h("p", { class: "lead" }, t("profiles_lead"))),
      !state.read_only && h("div", { class: "row wraps" }, button(t("new_profile"), copy, { kind: "first", image: "plus" }), button(t("import"), () => input.click(), { image: "get" }), button(t("export"), save, { image: "out" }), input),
      h("ul", { class: "card flush" }, state.profiles.map(({ name }) => {
        const isUsed = name === state.profile;
        return h("li", { class: "line", style: { "grid-template-columns": "auto minmax(0, 1fr) auto auto", height: "3.8rem" } },
          icon("profiles"),
          h("span", { class: "clip" }, h("strong", {}, name)),
          isUsed ? h("span", { class: "tag good" }, t("in_use")) : button(t("use"), safely(() => act("use_profile", { name })), { kind: "small", disabled: state.read_only, "aria-label": t("use_profile", { name }) }),
          !isUsed && !state.read_only ? menuButton(t("more_about", { name }), () => [[t("delete"), () => drop(name), "trash"]]) : h("span", { style: { width: "2.5rem" } }));
      })));
  }
  draw();
  return { element, update: (what) => what === "mods" && draw(), go() {} };
}
