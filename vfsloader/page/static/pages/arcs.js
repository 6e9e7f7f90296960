// A graph of who overrides whom: the layers in load order, and an arc from each winner to what it overrides.

import { hue, svg } from "../dom.js";
import { number, t } from "../words.js";

const [ROW, LABEL, MOST] = [30, 250, 60];

export function arcs({ layers, pairs }, named, open) {
  const real = pairs.filter((pair) => pair.files + pair.values);
  const weight = new Map();
  for (const { winner, loser, files, values } of real) for (const name of [winner, loser]) weight.set(name, (weight.get(name) ?? 0) + files + values);
  const kept = new Set([...weight].sort((a, b) => b[1] - a[1]).slice(0, MOST).map(([name]) => name));
  const shown = layers.filter((layer) => kept.has(layer.name)).reverse(); // the winner of everything is at the top
  const place = new Map(shown.map((layer, at) => [layer.name, at * ROW + ROW / 2]));
  const most = Math.max(...real.map((pair) => pair.files + pair.values));
  const reach = Math.min(560, 90 + shown.length * 22);
  const width = LABEL + reach + 30;
  const lines = real.filter((pair) => place.has(pair.winner) && place.has(pair.loser)).map((pair) => {
    const [from, to] = [place.get(pair.winner), place.get(pair.loser)];
    const bow = 30 + (Math.abs(to - from) / (shown.length * ROW || 1)) * (reach - 40);
    const count = pair.files + pair.values;
    const x = LABEL;
    const line = svg("path", {
      d: `M${x} ${from} C${x + bow} ${from} ${x + bow} ${to} ${x + 6} ${to}`,
      stroke: `oklch(0.68 0.15 ${hue(pair.winner.split(":")[0])})`,
      "stroke-width": 1.5 + 6 * Math.sqrt(count / most),
    }, svg("title", {}, t("arc", { name: named(pair.winner), other: named(pair.loser), count })));
    return { pair, line };
  });
  const focus = (name) => lines.forEach(({ pair, line }) => line.classList.toggle("faded", Boolean(name) && pair.winner !== name && pair.loser !== name));
  return svg("svg", { class: "arcs", viewBox: `0 0 ${width} ${shown.length * ROW + 6}`, role: "group", "aria-label": t("as_graph"), style: { "max-width": `${width * 1.35}px`, "min-width": "340px" } },
    lines.map(({ line }) => line),
    shown.map((layer) => {
      const y = place.get(layer.name);
      const name = named(layer.name);
      return svg("g", {
        role: "button", tabindex: "0", "aria-label": t("arc_label", { name, count: weight.get(layer.name) }),
        onmouseenter: () => focus(layer.name), onmouseleave: () => focus(null), onfocus: () => focus(layer.name), onblur: () => focus(null),
        onclick: () => open(layer.name),
        onkeydown: (event) => (event.key === "Enter" || event.key === " ") && (event.preventDefault(), open(layer.name)),
      },
      svg("rect", { x: 0, y: y - ROW / 2 + 1, width: LABEL, height: ROW - 2, fill: "transparent", rx: 6 }),
      svg("text", { x: LABEL - 52, y: y + 4.5, "text-anchor": "end" }, name.length > 24 ? `${name.slice(0, 23)}…` : name),
      svg("text", { x: LABEL - 20, y: y + 4.5, "text-anchor": "end", class: "dim" }, number(weight.get(layer.name))),
      svg("rect", { x: LABEL - 12, y: y - 6, width: 12, height: 12, rx: 3.5, fill: layer.own ? "var(--line-strong)" : `oklch(0.68 0.15 ${hue(layer.name.split(":")[0])})` }));
    }));
}
