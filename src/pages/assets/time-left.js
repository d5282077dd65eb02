// <time-left data-from data-until>: a line that gets shorter, and the words beside it, by the server's clock.
// The line and the words change in their place, and nothing around them moves.

import { now } from "./stream.js";
import { ahead, left, say } from "./words.js";

const clocks = new Set();
const SAID = [
  [600_000, "tenMinutes"],
  [60_000, "oneMinute"],
  [10_000, "tenSeconds"],
];

class TimeLeft extends HTMLElement {
  connectedCallback() {
    this.from = Number(this.dataset.from ?? NaN);
    this.until = Number(this.dataset.until);
    this.text = this.querySelector("[data-text]");
    this.line = this.querySelector("progress");
    this.before = this.until - now();
    this.isOver = this.before <= 0;
    if ("tells" in this.dataset) {
      this.status = document.createElement("span");
      this.status.className = "away";
      this.status.setAttribute("role", "status");
      this.append(this.status);
    }
    clocks.add(this);
    this.show();
  }

  disconnectedCallback() {
    clocks.delete(this);
  }

  show() {
    const rest = this.until - now();
    const inSentence = this.dataset.words;
    const words = inSentence ? ahead(rest) : left(rest);
    if (this.text && words !== null) {
      const told = inSentence ? say(inSentence, words) : words;
      if (this.text.textContent !== told) this.text.textContent = told;
    }
    if (this.line && !Number.isNaN(this.from)) {
      this.line.value = Math.max(0, Math.min(100, (100 * rest) / (this.until - this.from)));
    }
    this.toggleAttribute("data-last", rest < 10_000);
    const said = SAID.find(([at]) => this.before > at && rest <= at);
    if (said && this.status) this.status.textContent = say(said[1]);
    this.before = rest;
    if (rest <= 0 && !this.isOver) {
      this.isOver = true;
      this.dispatchEvent(new CustomEvent("time-over", { bubbles: true }));
    }
  }
}

/** All clocks change at the same moment, at the turn of the server's second. */
function tick() {
  for (const clock of clocks) clock.show();
  setTimeout(tick, 1_000 - (now() % 1_000) + 5);
}

customElements.define("time-left", TimeLeft);
tick();
