// A connection on which the server tells what happens. It comes back by itself: after each failure later, after
// silence, after sleep, and at once when the network is back.

/** Longer than two heartbeats: then the connection is dead, whatever it says. */
const SILENCE_MS = 40_000;
const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 30_000;

export class Connection {
  #address;
  #names;
  #on;
  #source = null;
  #retry = RETRY_MIN_MS;
  #timer = 0;
  #heardAt = performance.now();

  /**
   * `address()` says where to connect, each time anew. `names` are the events that are listened to: each comes to
   * `heard(event)`. `lost()` is called when the connection breaks.
   */
  constructor(address, names, on) {
    this.#address = address;
    this.#names = names;
    this.#on = on;
    addEventListener("online", () => this.openNow());
    document.addEventListener("visibilitychange", () => {
      // A page that was asleep does not know what it missed.
      if (!document.hidden && performance.now() - this.#heardAt > SILENCE_MS / 2) this.openNow();
    });
    addEventListener("pagehide", () => this.#source?.close());
    addEventListener("pageshow", (event) => {
      if (event.persisted) this.openNow();
    });
  }

  /** Connects at once, as when somebody presses the button. */
  openNow() {
    this.#retry = RETRY_MIN_MS;
    this.open();
  }

  open() {
    clearTimeout(this.#timer);
    this.#source?.close();
    const source = new EventSource(this.#address());
    this.#source = source;
    const heard = (event) => {
      this.#retry = RETRY_MIN_MS;
      this.#heardAt = performance.now();
      this.#watch();
      this.#on.heard(event);
    };
    for (const name of this.#names) source.addEventListener(name, heard);
    source.addEventListener("error", () => {
      // A browser comes back by itself after some errors and not after others. One way for all is simpler.
      source.close();
      this.#on.lost();
      this.#again();
    });
    this.#watch();
  }

  /** A connection that says nothing for too long is opened anew. */
  #watch() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#on.lost();
      this.open();
    }, SILENCE_MS);
  }

  /** Comes back later, and ever later, at a time that other pages do not share. */
  #again() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.open(), this.#retry * (0.5 + Math.random() / 2));
    this.#retry = Math.min(this.#retry * 2, RETRY_MAX_MS);
  }
}
