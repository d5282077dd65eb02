// The server's time, whatever the clock of the device shows.

/** The server's time less that of the monotonic clock. */
let offset = Number(document.querySelector("meta[name=server-time]").content) - performance.now();

/** The server's time, in milliseconds. */
export function now() {
  return performance.now() + offset;
}

/** The server has just said what time it is there. */
export function setClock(told) {
  // A message takes some time to come: the largest offset seen is the nearest to the truth, unless the clock
  // of the server was set, or this machine slept.
  const seen = told - performance.now();
  if (seen > offset || offset - seen > 2_000) offset = seen;
}
