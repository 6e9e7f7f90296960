// Getting mods: from sources, from an address, or from a file that is dropped here.

import { h, button, debounce, empty, fill, icon, link, tile, unique } from "../dom.js";
import { address, get, post } from "../api.js";
import { store } from "../store.js";
import { ask, failed, menuButton, safely, toast } from "../ui.js";
import { install, remove, undoInstall, update } from "../actions.js";
import { bytes, number, t } from "../words.js";
import { pickFiles } from "./mods.js";

export function open(rest) {
  const inner = h("div", { class: "inner wide" });
  const element = h("div", { class: "page" }, inner);
  let sources = [];
  let text = "";
  let controller = null;
  const field = h("input", { type: "search", class: "input", placeholder: t("search_offers"), "aria-label": t("search_offers"), oninput: debounce((event) => ((text = event.target.value), find(true)), 60) });
  const found = h("ul", { class: "offers" });
  const status = h("p", { class: "dim", role: "status" });
  const warnings = h("div", { class: "stack" });
  const progress = h("div", { class: "card stack", hidden: true });
  const sourceList = h("section", { class: "card stack" });
  const direct = h("form", { class: "row", onsubmit: (event) => (event.preventDefault(), install(event.target.elements.source.value.trim())) },
    h("label", { class: "grow" }, h("span", { class: "hidden-label" }, t("id_or_address")), h("input", { class: "input", name: "source", placeholder: t("id_or_address"), required: true, autocomplete: "off", spellcheck: "false" })),
    h("button", { type: "submit", class: "button" }, t("do_install")));

  function drawFrame() {
    const isFixed = store.state?.read_only;
    fill(inner,
      h("div", { class: "row spread wraps" }, h("div", { class: "stack" }, h("h1", { tabindex: "-1" }, t("page_get")), h("p", { class: "lead" }, t("get_lead"))),
        !isFixed && h("div", { class: "row" }, button(t("update_all"), () => update(null), { image: "get" }), button(t("undo_install"), undoInstall, { image: "undo" }))),
      !isFixed && h("div", { class: "dropzone" }, icon("get"), h("span", { class: "grow" }, t("drop_or_choose")), pickFiles()),
      progress,
      !isFixed && direct,
      h("div", { class: "search" }, icon("search"), field), status, warnings, found, sourceList);
  }

  async function find(offline = false) {
    controller?.abort();
    controller = new AbortController();
    try {
      const answer = await get("offers", { text, offline: offline ? 1 : 0 }, controller.signal);
      status.textContent = sources.length ? t("count_found", { count: answer.total }) : "";
      fill(warnings, answer.warnings.map((warning) => h("p", { class: "card warn wrap" }, warning)));
      fill(found, answer.rows.slice(0, 200).map(card));
      found.querySelector(".empty")?.remove();
      if (!answer.rows.length) fill(found, h("li", { class: "card", style: { "grid-column": "1 / -1" } }, sources.length ? empty("search", t("nothing_found")) : empty("globe", t("no_sources"), h("p", {}, t("no_sources_text")), !store.state?.read_only && button(t("add_source"), addSource, { kind: "first", image: "plus" }))));
    } catch (error) {
      failed(error);
    }
  }

  function card(mod) {
    const isHere = Boolean(mod.installed);
    const isOld = isHere && mod.version && mod.version !== mod.installed;
    return h("li", { class: "card offer" },
      tile(mod.id, mod.name, address("offer_icon", { id: mod.id, v: mod.version })),
      h("h3", {}, h("button", { type: "button", class: "button quiet small", style: { padding: "0", "min-height": "1.6rem", color: "var(--text)" }, onclick: () => about(mod) }, h("span", { class: "wrap", style: { "text-align": "left", "white-space": "normal", "font-size": "1rem", "font-weight": "650" } }, mod.name))),
      h("p", { class: "wrap" }, mod.summary),
      h("div", { class: "foot" },
        h("span", { class: "dim small number clip" }, [mod.version, mod.size && bytes(mod.size)].filter(Boolean).join(" · ")),
        isOld ? button(t("do_update"), () => update([mod.id]), { kind: "small first", disabled: store.state.read_only, "aria-label": t("update_of", { name: mod.name }) })
          : isHere ? h("span", { class: "tag good" }, icon("check"), t("is_installed"))
            : mod.version ? button(t("do_install"), () => install(mod.id), { kind: "small first", disabled: store.state.read_only, "aria-label": t("install_of", { name: mod.name }) })
              : h("span", { class: "tag warn" }, t("withdrawn"))));
  }

  const about = safely(async (mod) => {
    const facts = await get("offer", { id: mod.id });
    const isWanted = await ask(facts.name, {
      content: h("div", { class: "stack" },
        h("div", { class: "row" }, tile(mod.id, mod.name, address("offer_icon", { id: mod.id }), "big"), h("div", { class: "stack", style: { gap: "0.2rem" } }, h("p", { class: "dim wrap" }, facts.authors.join(", ")), h("p", { class: "row wraps" }, facts.tags.map((tag) => h("span", { class: "tag" }, tag))))),
        h("p", { class: "pre" }, facts.description || facts.summary),
        facts.changelog && h("details", {}, h("summary", {}, t("changelog")), h("p", { class: "pre small" }, facts.changelog)),
        h("dl", { class: "facts small" }, [[t("license"), facts.license], [t("website"), facts.website && link(facts.website, facts.website)], [t("source"), facts.source]].filter(([, value]) => value).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
        h("ul", { class: "stack small" }, facts.versions.map((one) => h("li", { class: "row spread" }, h("span", {}, one.version), h("span", { class: "dim wrap" }, one.withdrawn || bytes(one.size)))))),
      confirm: mod.installed ? t("remove_mod") : t("do_install"),
      danger: Boolean(mod.installed),
    });
    if (isWanted && !store.state.read_only) await (mod.installed ? remove(mod.id) : install(mod.id));
  });

  const addSource = safely(async () => {
    const [addressId, keyId, trustId] = [unique("f"), unique("f"), unique("f")];
    const facts = await ask(t("add_source"), {
      text: t("add_source_text"),
      content: h("div", { class: "stack" },
        h("div", { class: "field" }, h("label", { for: addressId }, t("address")), h("input", { class: "input", id: addressId, name: "address", required: true, placeholder: "https://", autocomplete: "off", spellcheck: "false" })),
        h("div", { class: "field" }, h("label", { for: keyId }, t("key")), h("input", { class: "input mono", id: keyId, name: "key", autocomplete: "off", spellcheck: "false", placeholder: t("key_hint") })),
        h("label", { class: "row", for: trustId }, h("input", { type: "checkbox", id: trustId, name: "trust" }), t("trust_first"))),
      confirm: t("add_source"),
      read: (form) => ({ address: form.elements.address.value, key: form.elements.key.value, trust: form.elements.trust.checked }),
    });
    if (!facts) return;
    await post("source", { what: "add", ...facts });
    toast(t("source_added"));
    await readSources();
    await find();
  });

  async function readSources() {
    sources = await get("sources").catch(() => []);
    const isFixed = store.state?.read_only;
    fill(sourceList, h("div", { class: "row spread" }, h("h2", {}, t("sources")), !isFixed && button(t("add_source"), addSource, { kind: "small", image: "plus" })),
      sources.length ? h("ul", { class: "stack" }, sources.map((source) => h("li", { class: "row spread" },
        h("span", { class: "grow" }, h("strong", { class: "clip", style: { display: "block" } }, source.name || source.address), h("span", { class: "dim small clip", style: { display: "block" } }, source.address, " · ", source.keys.length ? t("signed_by", { key: source.keys[0] }) : t("not_signed"))),
        !isFixed && menuButton(t("more_about", { name: source.name }), () => [
          [t("trust_again"), safely(async () => (await post("source", { what: "trust", id: source.id }), readSources())), "shield"],
          [t("remove_source"), safely(async () => (await post("source", { what: "remove", id: source.id }), readSources(), find())), "trash"],
        ])))) : h("p", { class: "dim" }, t("no_sources_text")));
  }

  drawFrame();
  safely(async () => {
    await readSources();
    await find();
  })();

  return {
    element,
    go() {},
    update: (what) => what === "mods" && find(true),
    event(event) {
      if (event.type !== "progress") return;
      progress.hidden = event.done >= event.total;
      const share = event.total ? event.done / event.total : 0;
      fill(progress, h("div", { class: "row spread" }, h("span", { class: "clip" }, t("downloading", { name: event.name })), h("span", { class: "number dim" }, `${bytes(event.done)} / ${bytes(event.total)}`)),
        h("div", { class: "meter", role: "progressbar", "aria-label": t("downloading", { name: event.name }), "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": Math.round(share * 100) }, h("i", { style: { width: `${share * 100}%` } })));
    },
    close: () => controller?.abort(),
  };
}
