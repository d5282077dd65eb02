// <stock-left data-event data-product data-total>: marks that go out, and the number beside them.

import { listen } from "./stream.js";
import { count, say } from "./words.js";

class StockLeft extends HTMLElement {
  connectedCallback() {
    this.text = this.querySelector("[data-text]");
    this.meter = this.querySelector("meter");
    this.stop = listen((kind, offers) => {
      if (kind !== "offers") return;
      const own = offers.find(
        (offer) => String(offer.event) === this.dataset.event && String(offer.product ?? "") === (this.dataset.product ?? ""),
      );
      if (own) this.show(own);
    });
  }

  disconnectedCallback() {
    this.stop();
  }

  show({ left, total }) {
    const name = this.dataset.kind === "coupons" ? "coupons" : "left";
    this.meter.max = total;
    this.meter.value = left;
    this.meter.setAttribute("aria-label", say("leftOf", count(total), count(left)));
    this.text.textContent = left === 0 ? say(name === "left" ? "soldOut" : "allGone") : say(name, count(left));
    this.text.classList.toggle("last", left * 10 <= total);
    this.dispatchEvent(new CustomEvent("stock-change", { bubbles: true, detail: { left, total } }));
  }
}

customElements.define("stock-left", StockLeft);
