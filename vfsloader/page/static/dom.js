// Elements without markup: text from mods can only ever become text.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element. Properties: `on…` are listeners, `style` a table, `data` a table, everything else attributes. */
export function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  set(element, properties);
  append(element, children);
  return element;
}

export function set(element, properties) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null) continue;
    if (value === false && !name.startsWith("aria-")) {
      if (name === "disabled" || name === "checked") element[name] = false;
    } else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name === "value" || name === "checked" || name === "disabled") element[name] = value;
    else element.setAttribute(name, value === true && !name.startsWith("aria-") ? "" : String(value));
  }
  return element;
}

export function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

export function fill(element, ...children) {
  element.replaceChildren();
  return append(element, children);
}

export function svg(tag, properties, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
    else element.setAttribute(name, String(value));
  }
  return append(element, children);
}

const PATHS = {
  mods: "M12 3 21 8l-9 5-9-5ZM3 12.5l9 5 9-5M3 17l9 5 9-5",
  alert: "M12 4 2.8 20h18.4ZM12 10v4M12 17.2v.1",
  conflicts: "M7 4v9a4 4 0 0 0 4 4h6M13.5 13.5 17 17l-3.5 3.5M17 4v5",
  files: "M3 6.5A1.5 1.5 0 0 1 4.5 5H9l2 2.5h8.5A1.5 1.5 0 0 1 21 9v8.5a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 17.5Z",
  get: "M12 3v12M7 10.5l5 5 5-5M4 20h16",
  history: "M4 4v5h5M4.6 14a8 8 0 1 0 1.6-7.6L4 9M12 8v4.5l3 2",
  profiles: "M5 5.5A1.5 1.5 0 0 1 6.5 4h11A1.5 1.5 0 0 1 19 5.5V21l-7-4.5L5 21Z",
  live: "M3 12h4l3-8 4 16 3-8h4",
  doctor: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM20.5 20.5l-5.3-5.3M10.5 7.5v6M7.5 10.5h6",
  check: "M4.5 12.5 9.5 18 20 6.5",
  close: "M5.5 5.5l13 13M18.5 5.5l-13 13",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM20.5 20.5l-5.3-5.3",
  undo: "M8.5 5 4 9.5 8.5 14M4 9.5h10a6 6 0 0 1 0 12h-4",
  redo: "M15.5 5 20 9.5 15.5 14M20 9.5H10a6 6 0 0 0 0 12h4",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  grip: "M9 5h.01M9 12h.01M9 19h.01M15 5h.01M15 12h.01M15 19h.01",
  back: "M14.5 5 7.5 12l7 7",
  forward: "M9.5 5l7 7-7 7",
  down: "M5 9.5l7 7 7-7",
  up: "M5 14.5l7-7 7 7",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2v2.5M12 19.5V22M2 12h2.5M19.5 12H22M5 5l1.7 1.7M17.3 17.3 19 19M19 5l-1.7 1.7M6.7 17.3 5 19",
  moon: "M20 14.5A8.5 8.5 0 1 1 9.5 4 7 7 0 0 0 20 14.5Z",
  auto: "M12 3a9 9 0 1 0 0 18ZM12 3a9 9 0 0 1 0 18",
  globe: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM3 12h18M12 3c3 3 3.5 6 3.5 9s-.5 6-3.5 9c-3-3-3.5-6-3.5-9S9 6 12 3Z",
  folder: "M3 6.5A1.5 1.5 0 0 1 4.5 5H9l2 2.5h8.5A1.5 1.5 0 0 1 21 9v8.5a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 17.5Z",
  file: "M6 3h8l4.5 4.5V21H6ZM14 3v5h4.5",
  picture: "M4 5h16v14H4ZM4 16l5-5 4 4 3-3 4 4M15.5 9h.01",
  sound: "M4 9.5v5h3.5L12 19V5L7.5 9.5ZM16 9a4 4 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11",
  data: "M8 4H6.5A1.5 1.5 0 0 0 5 5.5V10l-2 2 2 2v4.5A1.5 1.5 0 0 0 6.5 20H8M16 4h1.5A1.5 1.5 0 0 1 19 5.5V10l2 2-2 2v4.5a1.5 1.5 0 0 1-1.5 1.5H16",
  map: "M3 6l6-2.5 6 2.5 6-2.5V18l-6 2.5L9 18l-6 2.5ZM9 3.5V18M15 6v14.5",
  text: "M5 6h14M5 12h14M5 18h9",
  play: "M7 4.5v15l12-7.5Z",
  pause: "M8 5v14M16 5v14",
  plus: "M12 5v14M5 12h14",
  trash: "M4 7h16M9.5 7V4.5h5V7M6.5 7l1 13h9l1-13M10 11v5M14 11v5",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 9.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6Z",
  hide: "M3 3l18 18M9.9 5.8A9 9 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a17 17 0 0 1-3 3.6M6.2 7.6A16 16 0 0 0 2.5 12S6 18.5 12 18.5a9 9 0 0 0 4-.9",
  star: "M12 3.5l2.6 5.5 6 .8-4.4 4.2 1.1 6L12 17.1 6.7 20l1.1-6-4.4-4.2 6-.8Z",
  out: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  options: "M4 7h9M17 7h3M4 17h3M11 17h9M13 4.5v5M7 14.5v5",
  offline: "M3 3l18 18M8.5 16.5a5 5 0 0 1 7 0M5 12.8a10 10 0 0 1 4-2.4M15 10.4a10 10 0 0 1 4 2.4M12 20h.01",
  link: "M10 14a4.5 4.5 0 0 0 6.5 0l3-3A4.6 4.6 0 0 0 13 4.5L12 5.5M14 10a4.5 4.5 0 0 0-6.5 0l-3 3A4.6 4.6 0 0 0 11 19.5l1-1",
  shield: "M12 3l8 3v6c0 4.5-3.2 7.7-8 9-4.8-1.3-8-4.5-8-9V6Z",
};

export function icon(name) {
  return svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: PATHS[name] ?? PATHS.file }));
}

/** A button with a name that is always there for screen readers. */
export function button(label, action, { kind = "", image = null, hideLabel = false, ...more } = {}) {
  return h(
    "button",
    { type: "button", class: `button ${kind}${hideLabel ? " only-icon" : ""}`, title: hideLabel ? label : undefined, onclick: action, ...more },
    image && icon(image),
    hideLabel ? h("span", { class: "hidden-label" }, label) : label,
  );
}

export function link(href, ...children) {
  // Only addresses of the web: a mod's manifest may say anything.
  const isSafe = /^https?:\/\//i.test(href);
  return isSafe ? h("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...children) : h("span", {}, ...children);
}

/** The colour of a layer: the same one everywhere, from its name. */
export function hue(name) {
  let sum = 7;
  for (const char of name) sum = (sum * 31 + char.codePointAt(0)) % 3600;
  return (sum * 137.508) % 360;
}

export function layerName(name, { own = false, label = null } = {}) {
  return h("span", { class: own ? "layer own" : "layer", style: { "--hue": hue(name.split(":")[0]) } }, h("span", { class: "clip" }, label ?? name));
}

export function tile(id, name, source, size = "") {
  const letter = () =>
    h("span", { class: `picture letter ${size}`, style: { "--hue": hue(id) }, "aria-hidden": "true" }, [...name.trim()][0]?.toUpperCase() ?? "?");
  if (!source) return letter();
  const image = h("img", { class: `picture ${size}`, src: source, alt: "", loading: "lazy", decoding: "async" });
  image.addEventListener("error", () => image.replaceWith(letter()), { once: true });
  return image;
}

export function toggle(label, isOn, onchange, more = {}) {
  return h(
    "button",
    { type: "button", role: "switch", "aria-checked": String(isOn), "aria-label": label, onclick: onchange, ...more, class: `switch ${more.class ?? ""}` },
    h("i", {}),
  );
}

export function empty(image, title, ...text) {
  return h("div", { class: "empty" }, icon(image), h("strong", {}, title), ...text);
}

let last = 0;
export const unique = (prefix) => `${prefix}-${++last}`;

export function debounce(action, wait) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), wait);
  };
}
