// <live-status>: whether what the page shows is live, and the server's time. <offline-bar>: what is known while
// it is not. <live-part>: a part of the page that shows itself anew once other deals are on offer.

import { Renewed } from "./renew.js";
import { connectNow, heardAt, listen, now } from "./stream.js";
import { clock, say } from "./words.js";

const zone = Number(document.querySelector("meta[name=zone]").content);
/** A connection that is back this soon was never missed. */
const PATIENCE_MS = 2_500;

class LiveStatus extends HTMLElement {
  connectedCallback() {
    this.stop = listen((kind, value) => {
      if (kind === "state") this.state = value;
      this.show();
    });
    this.timer = setInterval(() => this.show(), 1_000);
  }

  disconnectedCallback() {
    this.stop();
    clearInterval(this.timer);
  }

  show() {
    const lost = this.state === "lost";
    this.classList.toggle("off", lost);
    this.textContent = lost ? say("paused", clock(heardAt(), zone)) : say("serverTime", clock(now(), zone));
  }
}

class OfflineBar extends HTMLElement {
  connectedCallback() {
    this.querySelector("button").addEventListener("click", connectNow);
    this.stop = listen((kind, value) => {
      if (kind !== "state") return;
      clearTimeout(this.timer);
      if (value !== "lost") {
        this.hidden = true;
        return;
      }
      this.timer = setTimeout(() => {
        this.querySelector("[data-known]").textContent = say("known", clock(heardAt(), zone));
        this.hidden = false;
      }, PATIENCE_MS);
    });
  }

  disconnectedCallback() {
    this.stop();
  }
}

class LivePart extends Renewed {
  connectedCallback() {
    this.stop = listen((kind) => {
      if (kind === "shape") this.soon(500, 1_000);
    });
    this.addEventListener("time-over", () => this.soon(300, 1_000));
  }
}

customElements.define("live-status", LiveStatus);
customElements.define("offline-bar", OfflineBar);
customElements.define("live-part", LivePart);
