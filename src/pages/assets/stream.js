// What the server tells live, and its time. All tabs of a browser share one connection: the tab that holds the
// lock has it, and passes everything on. When that tab goes, another takes the lock.
//
// What is told is a state, so a tab that comes later asks for all of it (`hello`). The time is the server's:
// what the clock of the device shows does not matter.

const LOCK = "hotdeal-live";
/** Longer than two heartbeats: then the connection is dead, whatever it says. */
const SILENCE_MS = 40_000;
const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 30_000;

const listeners = new Set();
const known = new Map();
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel(LOCK) : null;

/** The server's time less that of the monotonic clock. */
let offset = Number(document.querySelector("meta[name=server-time]").content) - performance.now();
let state = "connecting";
let lastHeard = now();
let source = null;
let retry = RETRY_MIN_MS;
let timer = 0;
let shape = null;

/** The server's time, in milliseconds. */
export function now() {
  return performance.now() + offset;
}

/** When the server was last heard of, by its own clock. */
export function heardAt() {
  return lastHeard;
}

/** Calls back with each event: `offers` with changes, `state` with live or lost, `shape` with other offers. */
export function listen(callback) {
  listeners.add(callback);
  if (known.size) callback("offers", [...known.values()]);
  callback("state", state);
  return () => listeners.delete(callback);
}

/** Connects at once, as when somebody presses the button. */
export function connectNow() {
  retry = RETRY_MIN_MS;
  if (source) connect();
  else channel?.postMessage({ kind: "connect" });
}

function tell(kind, value) {
  for (const callback of listeners) callback(kind, value);
}

function setState(next) {
  if (next === state) return;
  state = next;
  tell("state", next);
}

/** Takes in what the connection, here or in another tab, has said. */
function take(data) {
  // A message takes some time to come: the largest offset seen is the nearest to the truth, unless the clock
  // of the server was set, or this machine slept.
  const seen = data.now - performance.now();
  if (seen > offset || offset - seen > 2_000) offset = seen;
  lastHeard = data.now;
  setState("live");
  if (data.offers) {
    for (const offer of data.offers) known.set(`${offer.event}:${offer.product ?? ""}`, offer);
    if (data.offers.length) tell("offers", data.offers);
    if (shape !== null && data.shape !== shape) tell("shape", data.shape);
    shape = data.shape;
  }
}

function hear(data) {
  take(data);
  channel?.postMessage({ kind: "told", data });
}

function lost() {
  setState("lost");
  channel?.postMessage({ kind: "lost" });
}

function connect() {
  clearTimeout(timer);
  source?.close();
  source = new EventSource("/live");
  const on = (event) => {
    retry = RETRY_MIN_MS;
    watch();
    hear(JSON.parse(event.data));
  };
  for (const name of ["ready", "offers", "heartbeat"]) source.addEventListener(name, on);
  source.addEventListener("error", () => {
    // A browser comes back by itself after some errors and not after others. One way for all is simpler.
    source.close();
    lost();
    again();
  });
  watch();
}

/** A connection that says nothing for too long is opened anew. */
function watch() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    lost();
    connect();
  }, SILENCE_MS);
}

/** Comes back later, and ever later, at a time that other pages do not share. */
function again() {
  clearTimeout(timer);
  timer = setTimeout(connect, retry * (0.5 + Math.random() / 2));
  retry = Math.min(retry * 2, RETRY_MAX_MS);
}

function lead() {
  connect();
  addEventListener("online", connect);
  // A page that was asleep does not know what it missed.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && now() - lastHeard > SILENCE_MS / 2) connect();
  });
  return new Promise(() => {});
}

channel?.addEventListener("message", ({ data }) => {
  if (data.kind === "told") take(data.data);
  if (data.kind === "lost" && !source) setState("lost");
  if (data.kind === "connect" && source) connect();
  if (data.kind === "hello" && source && known.size) {
    channel.postMessage({ kind: "told", data: { now: now(), shape, offers: [...known.values()] } });
  }
});
addEventListener("offline", () => setState("lost"));
addEventListener("pagehide", () => source?.close());
addEventListener("pageshow", (event) => {
  if (event.persisted && source) connect();
});

if (channel && navigator.locks) {
  navigator.locks.request(LOCK, lead);
  channel.postMessage({ kind: "hello" });
} else {
  lead();
}
