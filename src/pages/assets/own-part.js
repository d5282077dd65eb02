// <own-orders>: a part of the page that shows itself anew once an order changes; with data-order, that one alone.
// <own-notices>: the same when there is news. <notice-bell>: says in the head of every page that there is.

import { listenOwn } from "./own-stream.js";
import { Renewed } from "./renew.js";

class OwnOrders extends Renewed {
  connectedCallback() {
    const { order } = this.dataset;
    this.stop = listenOwn((kind, value) => {
      const concerns = kind === "order" && (!order || Number(order) === value.orderId);
      if (concerns || kind === "again") this.soon(0);
    });
  }
}

class OwnNotices extends Renewed {
  connectedCallback() {
    this.stop = listenOwn((kind) => {
      if (kind !== "order") this.soon(0);
    });
  }
}

class NoticeBell extends HTMLElement {
  connectedCallback() {
    this.stop = listenOwn((kind) => {
      if (kind !== "news") return;
      this.classList.add("new");
      this.querySelector("[role=status]").textContent = this.dataset.text;
    });
  }

  disconnectedCallback() {
    this.stop();
  }
}

customElements.define("own-orders", OwnOrders);
customElements.define("own-notices", OwnNotices);
customElements.define("notice-bell", NoticeBell);
