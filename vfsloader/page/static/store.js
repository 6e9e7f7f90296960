// What all pages know: the state of the set and the mods, read again when the server says that something changed.

import { t } from "./words.js";
import { get, listen, post, connect, ApiError } from "./api.js";

export const store = { state: null, mods: null, byId: new Map(), tags: [], problems: [], connected: false, files: 0 };
const watchers = new Set();

export function watch(watcher) {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

const tell = (what) => [...watchers].forEach((watcher) => watcher(what));

let reading = null;
let again = false;

/** Read everything again. Calls that come while it is being read lead to one more reading. */
export async function refresh() {
  if (reading) {
    again = true;
    return reading;
  }
  reading = (async () => {
    do {
      again = false;
      const [state, mods] = await Promise.all([get("state"), get("mods")]);
      store.state = state;
      store.mods = mods;
      store.byId = new Map(mods.mods.map((mod) => [mod.id, mod]));
      store.problems = mods.problems;
      const tags = new Map();
      for (const mod of mods.mods) for (const tag of mod.tags) tags.set(tag, (tags.get(tag) ?? 0) + 1);
      store.tags = [...tags].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
      tell("mods");
    } while (again);
  })();
  try {
    await reading;
  } finally {
    reading = null;
  }
}

/** Carry out an action; the answer says what changed besides. */
export async function act(name, facts = {}) {
  const result = await post(`do/${name}`, facts);
  await refresh();
  return result;
}

export const nameOf = (id) => store.byId.get(id)?.name ?? id;

/** Whether a layer is the game's own, and not a mod's. Parts of mods are called "mod:part". */
export const isOwn = (layer) => !store.byId.has(modOf(layer));
export const modOf = (layer) => layer.replace(/^mod /, "").split(":")[0];

/** What a player calls a layer. */
export function layerLabel(layer) {
  if (isOwn(layer)) return layer === "base" ? t("the_game") : layer;
  const part = layer.split(":")[1];
  return part ? `${nameOf(modOf(layer))} (${part})` : nameOf(modOf(layer));
}

export function start(onevent) {
  listen((event) => {
    if (event.type === "connected" || event.type === "lost") {
      store.connected = event.type === "connected";
      tell("connection");
    }
    const isNews = ["hello", "changed", "everything"].includes(event.type) || event.mods !== undefined;
    if (isNews) {
      if (event.files !== undefined && event.files !== store.files) {
        store.files = event.files;
        tell("files");
      }
      refresh().catch((error) => {
        if (!(error instanceof ApiError)) throw error;
      });
    }
    onevent(event);
  });
  connect();
}
