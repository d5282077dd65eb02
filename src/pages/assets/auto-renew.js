// <auto-renew>: a part of the page that shows itself anew every few seconds. <refresh-choice>: how often.

import { Renewed } from "./renew.js";

let every = 5;

class AutoRenew extends Renewed {
  connectedCallback() {
    this.next();
    addEventListener("refresh-choice", () => this.next());
  }

  next() {
    clearTimeout(this.timer);
    if (every) this.soon(every * 1_000);
  }

  async renew() {
    // What nobody sees costs nothing.
    if (!document.hidden) await super.renew();
    this.next();
  }
}

class RefreshChoice extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    this.addEventListener("change", (event) => {
      every = Number(event.target.value);
      dispatchEvent(new Event("refresh-choice"));
    });
  }
}

customElements.define("auto-renew", AutoRenew);
customElements.define("refresh-choice", RefreshChoice);
