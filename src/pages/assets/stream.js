// What the server tells live, and its time. All tabs of a browser share one connection: the tab that holds the
// lock has it, and passes everything on. When that tab goes, another takes the lock.
//
// What is told is a state, so a tab that comes later asks for all of it (`hello`). The time is the server's:
// what the clock of the device shows does not matter.

import { Connection } from "./connection.js";
import { now, setClock } from "./server-clock.js";

export { now };

const LOCK = "hotdeal-live";

const listeners = new Set();
const known = new Map();
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel(LOCK) : null;

let state = "connecting";
let lastHeard = now();
/** The connection, in the tab that has it. */
let connection = null;
let shape = null;

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
  if (connection) connection.openNow();
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
  setClock(data.now);
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

function lead() {
  const names = ["ready", "offers", "heartbeat"];
  connection = new Connection(() => "/live", names, { heard: (event) => hear(JSON.parse(event.data)), lost });
  connection.open();
  return new Promise(() => {});
}

channel?.addEventListener("message", ({ data }) => {
  if (data.kind === "told") take(data.data);
  if (data.kind === "lost" && !connection) setState("lost");
  if (data.kind === "connect") connection?.openNow();
  if (data.kind === "hello" && connection && known.size) {
    channel.postMessage({ kind: "told", data: { now: now(), shape, offers: [...known.values()] } });
  }
});
addEventListener("offline", () => setState("lost"));

if (channel && navigator.locks) {
  navigator.locks.request(LOCK, lead);
  channel.postMessage({ kind: "hello" });
} else {
  lead();
}
