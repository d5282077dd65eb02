// <claim-form>: a coupon is claimed, and its amount is shown the moment it is written. <follow-form>: a product is
// followed or not, in place.

import { logIn, newKey, send } from "./api.js";
import { day, icon, money, say } from "./words.js";

class ClaimForm extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", (event) => this.claim(event));
  }

  async claim(event) {
    event.preventDefault();
    if (!("known" in this.dataset)) return logIn();
    if (this.isSending) return;
    this.isSending = true;
    this.key ??= newKey();
    const button = this.querySelector("button");
    const label = button.textContent;
    button.textContent = say("claiming");
    button.setAttribute("aria-busy", "true");
    const answer = await send("POST", "/api/coupons/issue", { eventId: Number(this.dataset.event) }, this.key);
    this.isSending = false;
    button.textContent = label;
    button.removeAttribute("aria-busy");
    if (answer?.status === 401) return logIn();
    if (answer?.status === 200) return this.hold(answer.data, "claimed");
    if (answer?.data?.code === "DUPLICATE") return this.hold(answer.data.coupon, "held");
    if (answer?.data?.code === "SOLD_OUT") return this.gone();
    this.querySelector("[data-terms]").textContent = answer?.data?.message ?? say("lost");
  }

  hold(coupon, told) {
    const { discountType, discountAmount } = coupon;
    const { currency } = this.dataset;
    const digits = Number(this.dataset.digits);
    const gives = discountType === "RATE" ? `${discountAmount}%` : money(Math.round(discountAmount * 10 ** digits), currency, digits);
    this.querySelector("section").classList.add("held");
    this.querySelector("[data-gives]").textContent = gives;
    this.querySelector("[data-terms]").textContent = say(told, day(coupon.validUntil));
    const tag = document.createElement("span");
    tag.className = "tag ok";
    tag.append(icon("check"), say("mine"));
    const code = document.createElement("span");
    code.className = "book";
    code.textContent = coupon.couponKey;
    const row = document.createElement("div");
    row.className = "row apart";
    row.append(tag, code);
    this.querySelector("[data-do]").replaceWith(row);
  }

  gone() {
    this.querySelector("section").classList.add("over");
    this.querySelector("[data-gives]").textContent = say("allGone");
    this.querySelector("form")?.remove();
  }
}

class FollowForm extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", (event) => this.toggle(event));
  }

  async toggle(event) {
    const form = this.querySelector("form");
    // Without a session there is no token: the form leads to the log-in page.
    if (!form.elements.csrf.value) return;
    event.preventDefault();
    if (this.isSending) return;
    this.isSending = true;
    const { product } = this.dataset;
    const button = this.querySelector("button");
    const wasOn = button.classList.contains("on");
    const answer = wasOn
      ? await send("DELETE", `/api/subscribe/cancel-sub?productId=${product}`, undefined, newKey())
      : await send("POST", "/api/subscribe/sub-product", { productIds: [Number(product)] }, newKey());
    this.isSending = false;
    if (answer?.status === 401) return logIn();
    if (!answer || answer.status >= 400) return;
    button.classList.toggle("on", !wasOn);
    button.querySelector(".icon").replaceWith(icon(wasOn ? "bell" : "check"));
    button.querySelector("[data-text]").textContent = say(wasOn ? "follow" : "following");
    form.action = `/products/${product}/${wasOn ? "follow" : "unfollow"}`;
  }
}

customElements.define("claim-form", ClaimForm);
customElements.define("follow-form", FollowForm);
