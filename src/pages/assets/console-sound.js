// <order-sound>: the sound for a new order. It can be switched on and tried, and comes again until somebody has
// seen the order. A lost connection makes no sound: it has words of its own.

const AGAIN_MS = 20_000;
/** Two short notes: their pitch in hertz, and when they begin, in seconds. */
const NOTES = [
  [880, 0],
  [660, 0.22],
];

/** What the browser keeps for this page; it may keep nothing. */
const kept = {
  read(name) {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  },
  write(name, value) {
    try {
      localStorage.setItem(name, value);
    } catch {
      // Then it is off again next time.
    }
  },
};

class OrderSound extends HTMLElement {
  connectedCallback() {
    this.unseen = new Set();
    this.pageTitle = document.title;
    this.toggle = this.querySelector("[data-toggle]");
    this.volume = this.querySelector("input");
    this.words = this.toggle.querySelector("[data-text]");
    this.offText = this.words.textContent;
    this.isOn = kept.read("order-sound") === "on";
    this.volume.value = kept.read("order-volume") ?? this.volume.value;
    this.toggle.addEventListener("click", () => {
      this.isOn = !this.isOn;
      kept.write("order-sound", this.isOn ? "on" : "off");
      if (this.isOn) this.play();
      this.show();
    });
    this.querySelector("[data-try]").addEventListener("click", () => {
      this.context?.resume();
      this.play();
    });
    this.volume.addEventListener("change", () => kept.write("order-volume", this.volume.value));
    this.querySelector("[data-seen]").addEventListener("click", () => this.drop());
    this.hidden = false;
    this.show();
  }

  /** A new order has come. */
  add(order) {
    this.unseen.add(order);
    this.ring();
    this.show();
  }

  /** Somebody has seen this order, or all. */
  drop(order) {
    if (order === undefined) this.unseen.clear();
    else this.unseen.delete(order);
    this.show();
  }

  /** Sounds now, and again until there is nothing that nobody has seen. */
  ring() {
    clearTimeout(this.timer);
    if (!this.unseen.size) return;
    this.timer = setTimeout(() => this.ring(), AGAIN_MS);
    if (this.isOn) this.play();
  }

  async play() {
    if (this.isBlocked) return;
    this.context ??= new AudioContext();
    const blocked = this.querySelector("[data-blocked]");
    // A browser that lets nothing sound before a press answers once there was one.
    this.isBlocked = true;
    blocked.hidden = this.context.state === "running" || navigator.userActivation?.hasBeenActive === true;
    await this.context.resume();
    this.isBlocked = false;
    blocked.hidden = true;
    const loud = (Number(this.volume.value) / 100) ** 2;
    for (const [pitch, after] of NOTES) {
      const begin = this.context.currentTime + after;
      const note = this.context.createOscillator();
      const level = this.context.createGain();
      note.frequency.value = pitch;
      level.gain.setValueAtTime(0, begin);
      level.gain.linearRampToValueAtTime(loud, begin + 0.01);
      level.gain.linearRampToValueAtTime(0, begin + 0.2);
      note.connect(level).connect(this.context.destination);
      note.start(begin);
      note.stop(begin + 0.2);
    }
  }

  show() {
    this.toggle.classList.toggle("on", this.isOn);
    this.words.textContent = this.isOn ? this.words.dataset.on : this.offText;
    this.querySelector("[data-seen]").hidden = this.unseen.size === 0;
    document.title = this.unseen.size ? `(${this.unseen.size}) ${this.pageTitle}` : this.pageTitle;
  }
}

customElements.define("order-sound", OrderSound);
