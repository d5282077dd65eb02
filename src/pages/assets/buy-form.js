// <buy-form>: the one big button, whose label is the state. It keeps its size and changes in place.
//
// One intent has one key, kept until its outcome is known, also over a reload: so nothing is ordered twice.

import { logIn, newKey, send } from "./api.js";
import { now } from "./stream.js";
import { count, icon, money, say } from "./words.js";

/** A press this soon after the button has become another one was meant for the one before. */
const HASTE_MS = 300;
const TRIES_MAX = 5;

class BuyForm extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.button = this.querySelector(".big");
    this.changedAt = -Infinity;
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.form.addEventListener("input", () => this.showSum());
    document.addEventListener("stock-change", (this.onStock = (event) => this.stock(event.detail.left)));
    document.addEventListener("time-over", (this.onTime = () => this.time()));
    this.showSum();
  }

  disconnectedCallback() {
    document.removeEventListener("stock-change", this.onStock);
    document.removeEventListener("time-over", this.onTime);
  }

  get quantity() {
    return Math.max(1, Number(this.form.elements.quantity?.value) || 1);
  }

  get sum() {
    const { price, currency, digits } = this.dataset;
    return money(Number(price) * this.quantity, currency, Number(digits));
  }

  showSum() {
    const shown = this.form.querySelector("[data-sum]");
    if (shown) shown.textContent = this.sum;
    if (this.dataset.state === "open" && !this.isSending) this.label(say("buy", this.sum));
  }

  /** The button becomes another one. */
  turn(state) {
    if (this.dataset.state === state) return;
    this.dataset.state = state;
    this.changedAt = performance.now();
    this.button.dataset.state = state;
    this.button.classList.toggle("now", state === "open");
    const isIdle = state === "soon" || state === "ended";
    this.button.type = isIdle ? "button" : "submit";
    if (isIdle) this.button.setAttribute("aria-disabled", "true");
    else this.button.removeAttribute("aria-disabled");
    if (state === "open") {
      this.form.action = `/products/${this.dataset.product}/order`;
      this.label(say("buy", this.sum));
    }
    if (state === "soldout") {
      this.form.action = `/products/${this.dataset.product}/follow`;
      this.label(say("gone"), say("tellMe"), "bell");
    }
    if (state === "ended") this.label(say("ended"));
  }

  label(text, more, drawn) {
    const parts = [];
    if (drawn) parts.push(icon(drawn));
    const span = document.createElement("span");
    span.textContent = text;
    parts.push(span);
    if (more) {
      const small = document.createElement("small");
      small.textContent = more;
      parts.push(" ", small);
    }
    this.button.replaceChildren(...parts);
  }

  stock(left) {
    this.dataset.left = left;
    if (this.isSending) return;
    if (left === 0 && this.dataset.state === "open") this.turn("soldout");
    if (left > 0 && this.dataset.state === "soldout" && this.form.elements.quantity) this.turn("open");
  }

  time() {
    const { state, starts, ends, left } = this.dataset;
    if (state === "soon" && now() >= Number(starts)) {
      // The page was made for the time before: what it shows of the deal changes with the button.
      this.turn(Number(left) > 0 ? "open" : "soldout");
    }
    if ((state === "open" || state === "soldout") && ends && now() >= Number(ends)) this.turn("ended");
  }

  async submit(event) {
    event.preventDefault();
    if (this.isSending || performance.now() - this.changedAt < HASTE_MS) return;
    if (!("known" in this.dataset)) return logIn();
    if (this.dataset.state === "soldout") return this.form.submit();
    if (this.dataset.state !== "open") return;
    this.isSending = true;
    this.button.dataset.state = "sending";
    this.button.setAttribute("aria-disabled", "true");
    this.button.setAttribute("aria-busy", "true");
    this.label(say("writing"));
    await this.order(this.quantity);
    this.isSending = false;
    this.button.removeAttribute("aria-busy");
    this.button.removeAttribute("aria-disabled");
    this.button.dataset.state = this.dataset.state;
    if (this.dataset.state === "open") this.label(say("buy", this.sum));
    if (Number(this.dataset.left) === 0) this.stock(0);
    this.time();
  }

  async order(quantity) {
    const { product } = this.dataset;
    const kept = `order:${product}:${quantity}`;
    const key = sessionStorage.getItem(kept) ?? newKey();
    sessionStorage.setItem(kept, key);
    const body = { orderItems: [{ productId: Number(product), quantity }] };
    for (let attempt = 1; ; attempt += 1) {
      const answer = await send("POST", "/api/orders/products", body, key);
      if (answer && answer.status === 503 && attempt < TRIES_MAX) {
        const seconds = Math.max(1, answer.retryAfter);
        this.tell("warn", "clock", say("again"), say("againMore", seconds));
        await new Promise((done) => setTimeout(done, seconds * 1_000));
        continue;
      }
      if (!answer || answer.status === 503) return this.tell("warn", "clock", say("lost"), say("lostMore"));
      sessionStorage.removeItem(kept);
      return this.outcome(answer);
    }
  }

  outcome({ status, data }) {
    if (status === 200) {
      const shown = Number(this.dataset.price) / 10 ** Number(this.dataset.digits);
      if (data.items.some((item) => Math.abs(item.productPrice - shown) > 1e-9)) {
        return location.assign(`/orders/${data.orderId}?placed-at-list-price`);
      }
      const link = document.createElement("a");
      link.href = `/orders/${data.orderId}`;
      link.textContent = say("boughtMore", data.orderId);
      return this.tell("ok", "check", say("bought"), link);
    }
    if (status === 401) return logIn();
    if (data?.code === "PRODUCT_SHORTAGE") {
      this.dataset.left = data.available ?? 0;
      const what = data.available ? say("fewLeft", count(data.available)) : say("lastGone");
      return this.tell("bad", "x", what, say("notCharged"));
    }
    return this.tell("bad", "x", data?.message ?? say("refused"), say("notCharged"));
  }

  /** Says what came of it, where the form stands. */
  tell(kind, drawn, what, more) {
    const before = this.querySelector("[data-outcome]");
    const told = document.createElement("p");
    told.className = `say ${kind}`;
    told.dataset.outcome = "";
    told.setAttribute("role", kind === "bad" ? "alert" : "status");
    const text = document.createElement("span");
    const strong = document.createElement("b");
    strong.textContent = what;
    text.append(strong, more);
    told.append(icon(drawn), text);
    before.replaceWith(told);
  }
}

/** <quantity-stepper>: less and more beside a number. */
class QuantityStepper extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.less = this.step("minus", "oneLess", -1);
    this.more = this.step("plus", "oneMore", 1);
    this.prepend(this.less);
    this.append(this.more);
    this.input.addEventListener("change", () => this.set(Number(this.input.value)));
    this.set(Number(this.input.value));
  }

  step(drawn, label, by) {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-label", say(label));
    button.append(icon(drawn));
    button.addEventListener("click", () => this.set(Number(this.input.value) + by));
    return button;
  }

  set(wanted) {
    const most = Number(this.input.dataset.most);
    const value = Math.min(most, Math.max(1, Math.trunc(wanted) || 1));
    this.input.value = value;
    this.less.disabled = value <= 1;
    this.more.disabled = value >= most;
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

customElements.define("buy-form", BuyForm);
customElements.define("quantity-stepper", QuantityStepper);
