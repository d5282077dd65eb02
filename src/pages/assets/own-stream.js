// What the server tells live to who is logged in: how their orders stand, and news of what they follow. All tabs
// share one connection, as in stream.js. An order is a state: after a connection that was lost a page reads its own.

import { Connection } from "./connection.js";

const LOCK = "hotdeal-own";
const NEWS = ["hot-deal", "deal-paused", "deal-resumed", "deal-cancelled"];

const listeners = new Set();
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel(LOCK) : null;
/** Where the connection goes on when it comes back. */
let since = null;
let hasBegun = false;

/** Calls back with `order` and what it is, `news` and its kind, and `again` when something may have been missed. */
export function listenOwn(callback) {
  listeners.add(callback);
  return () => listeners.delete(callback);
}

function tell(kind, value) {
  for (const callback of listeners) callback(kind, value);
}

function hear(event) {
  if (event.lastEventId) since = event.lastEventId;
  const { type, data } = JSON.parse(event.data);
  let told = null;
  if (type === "order") told = ["order", data];
  if (NEWS.includes(type)) told = ["news", type];
  if ((type === "ready" && hasBegun) || type === "gap") told = ["again", null];
  hasBegun = true;
  if (!told) return;
  tell(...told);
  channel?.postMessage(told);
}

function lead() {
  const address = () => (since ? `/api/live/stream?since=${encodeURIComponent(since)}` : "/api/live/stream");
  const names = ["ready", "gap", "order", "heartbeat", ...NEWS];
  const heard = (event) => {
    if (event.type !== "heartbeat") hear(event);
  };
  new Connection(address, names, { heard, lost() {} }).open();
  return new Promise(() => {});
}

// Only a page of somebody who is logged in has the token.
if (document.querySelector("meta[name=csrf-token]")) {
  channel?.addEventListener("message", ({ data }) => tell(...data));
  if (channel && navigator.locks) navigator.locks.request(LOCK, lead);
  else lead();
}
