// Talking to the server: answers, changes, uploads, and events. All addresses are relative: they carry the token.

const listeners = new Set();

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function answer(request) {
  let response;
  try {
    response = await request;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "offline");
  }
  const text = await response.text();
  let value = null;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ApiError(response.status, text.slice(0, 300));
  }
  if (!response.ok) throw new ApiError(response.status, value?.error ?? response.statusText);
  return value;
}

export function address(name, query = {}) {
  const parts = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return `api/${name}${parts.length ? `?${new URLSearchParams(parts)}` : ""}`;
}

export const get = (name, query, signal) => answer(fetch(address(name, query), { signal }));

export const post = (name, body = {}) =>
  answer(fetch(`api/${name}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }));

/** Send a file; `accepted` names the questions about it that the player has answered with yes. */
export function upload(file, job, accepted = []) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address("upload", { name: file.name, job, accepted: accepted.join(",") }));
    request.addEventListener("error", () => reject(new ApiError(0, "offline")));
    request.addEventListener("load", () => {
      let value = null;
      try {
        value = JSON.parse(request.responseText);
      } catch {
        /* said below */
      }
      if (request.status === 200 && value) resolve(value);
      else reject(new ApiError(request.status, value?.error ?? request.statusText));
    });
    request.send(file);
  });
}

export function listen(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const tell = (event) => listeners.forEach((listener) => listener(event));

let source = null;
export function connect() {
  source = new EventSource("api/events");
  source.addEventListener("message", (message) => tell(JSON.parse(message.data)));
  source.addEventListener("open", () => tell({ type: "connected" }));
  source.addEventListener("error", () => {
    tell({ type: "lost" });
    // A browser gives up after an answer that is not a stream, such as 403 while another server has the port.
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 1500);
  });
}
addEventListener("pagehide", () => source?.close());
addEventListener("pageshow", (event) => event.persisted && connect());
