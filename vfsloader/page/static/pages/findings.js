// What the check of a mod found, for its author.

import { h, icon } from "../dom.js";
import { t } from "../words.js";

export function findings({ id, findings: all, more }) {
  const wrong = all.filter((one) => !one.note);
  return h("div", { class: `card ${wrong.length ? "warn" : ""} stack`, tabindex: "-1", role: "group", "aria-label": t("check_of", { name: id }) },
    h("p", { class: "row" }, icon(wrong.length ? "alert" : "check"), h("strong", {}, wrong.length ? t("check_found", { count: wrong.length }) : t("check_clean"))),
    all.length > 0 && h("ul", { class: "stack" }, all.map((one) =>
      h("li", { class: "stack", style: { gap: "0.1rem" } },
        h("span", { class: "row wraps" }, one.note && h("span", { class: "tag" }, t("note")), h("code", { class: "wrap" }, [one.file, one.key].filter(Boolean).join(": "))),
        h("span", { class: "dim wrap" }, one.sentence)))),
    more > 0 && h("p", { class: "dim" }, t("and_more", { count: more })));
}
