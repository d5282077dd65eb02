// <order-board>: the orders of a shop, live. The page has them as they were when it was made, with the id of the
// last event in it: what came after that is told first, so nothing is lost and nothing comes twice.
//
// A card moves at once where somebody pressed its button, and the answer says that it is written. What others do
// moves nothing under a finger: as long as the pointer or the focus is in a column, what changes there is held,
// and a bar says how much. A press that nobody answers waits, and is sent again under the same key.

import { logIn, newKey, send } from "./api.js";
import { Cards, STATES, instant, readCard } from "./console-card.js";
import { Connection } from "./connection.js";
import "./console-sound.js";
import { now, setClock } from "./server-clock.js";
import { clock, count } from "./words.js";

const zone = Number(document.querySelector("meta[name=zone]").content);
const NAMES = ["ready", "gap", "board", "order-placed", "order-changed", "order-cancelled", "heartbeat"];
/** A connection that is back this soon was never missed. */
const PATIENCE_MS = 2_500;
/** Where a card has just left, the next one has come under the finger: a press so soon was not meant for it. */
const DEAF_MS = 400;
/** Until a press is sent again that nobody answered. */
const AGAIN_MS = 3_000;
/** Orders with which the live board begins at most: of older ones it says nothing. */
const OPEN_MAX = 200;
/** Cards in the last column. */
const DONE_MAX = 20;
/** Orders that have left the board, whose news may come once more. */
const GONE_MAX = 1_000;

class OrderBoard extends HTMLElement {
  connectedCallback() {
    this.shop = this.dataset.shop;
    this.since = this.dataset.since;
    this.cards = new Cards(this, JSON.parse(this.dataset.words));
    this.sound = this.querySelector("order-sound");
    this.bar = document.getElementById("board-offline");
    this.columns = [...this.querySelectorAll(".column")];
    this.orders = new Map([...this.querySelectorAll("ol .order")].map(readCard).map((order) => [order.id, order]));
    this.counts = new Map(this.columns.map(({ id }) => [id, Number(this.find(`[data-count=${id}]`).textContent.replaceAll(",", ""))]));
    this.isWhole = this.openOrders().length < OPEN_MAX;
    /** Orders that the page does not show as they are, so that nothing moves. */
    this.held = new Set();
    this.gone = new Set();
    /** Presses that have no answer yet, by order. */
    this.waits = new Map();
    this.deafUntil = new Map();
    this.knownAt = now();
    this.listen();
    const address = () => `/api/shops/${this.shop}/live${this.since ? `?since=${encodeURIComponent(this.since)}` : ""}`;
    this.connection = new Connection(address, NAMES, { heard: (event) => this.heard(event), lost: () => this.lost() });
    this.connection.open();
    setInterval(() => this.tick(), 5_000);
  }

  openOrders(state) {
    return [...this.orders.values()].filter((order) => (state ? order.state === state : order.state !== "DONE"));
  }

  find(selector) {
    return this.querySelector(selector);
  }

  say(name, ...values) {
    return this.cards.say(name, ...values);
  }

  listen() {
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      this.press(event.target);
    });
    for (const column of this.columns) {
      column.querySelector("[data-more]").addEventListener("click", () => this.settle(column));
      column.addEventListener("pointerleave", () => this.settle());
      column.addEventListener("focusout", () => setTimeout(() => this.settle()));
    }
    const pause = this.find("[data-pause]");
    pause.hidden = false;
    pause.addEventListener("click", () => {
      this.isPaused = !this.isPaused;
      pause.classList.toggle("on", this.isPaused);
      pause.setAttribute("aria-pressed", String(this.isPaused));
      this.settle();
    });
    this.find("[data-live]").hidden = false;
    this.bar.querySelector("button").addEventListener("click", () => this.connection.openNow());
  }

  heard(event) {
    const told = JSON.parse(event.data);
    if (event.lastEventId) this.since = event.lastEventId;
    const { data } = told;
    if (event.type === "heartbeat") setClock(instant(told.serverTime));
    if (event.type === "ready") setClock(instant(data.serverTime));
    if (event.type === "board") this.take(data, instant(told.at));
    if (event.type === "order-placed") this.placed(data);
    if (event.type === "order-changed") this.changed(data);
    if (event.type === "order-cancelled") this.changed({ ...data, state: "CANCELLED", changedAt: told.at });
    this.knownAt = now();
    if (this.isLive) return;
    this.isLive = true;
    clearTimeout(this.patience);
    this.bar.hidden = true;
    this.find("[data-live]").classList.remove("off");
    this.find("[data-live]").textContent = this.say("live");
    this.sendAgain();
  }

  lost() {
    this.find("[data-live]").classList.add("off");
    this.find("[data-live]").textContent = this.say("connecting");
    if (this.isLive === false) return;
    this.isLive = false;
    this.patience = setTimeout(() => {
      this.bar.hidden = false;
      this.showWaiting();
    }, PATIENCE_MS);
  }

  /** The whole board: the page may have missed anything. */
  take({ orders, counts }, at) {
    setClock(at);
    const told = new Set(orders.map(({ orderId }) => orderId));
    this.isWhole = orders.length < OPEN_MAX;
    for (const order of orders.toReversed()) {
      if (this.orders.has(order.orderId)) this.changed(order);
      else this.placed(order);
    }
    // What is open and is not told has gone on to a state that the board does not begin with.
    for (const [id, { state }] of this.orders) {
      if (this.isWhole && state !== "DONE" && !told.has(id)) this.forget(id);
    }
    for (const state of this.counts.keys()) this.setCount(state, counts[state]);
  }

  placed(told) {
    if (this.orders.has(told.orderId) || this.gone.has(told.orderId)) return;
    const order = this.cards.read(told);
    this.orders.set(order.id, order);
    this.setCount(order.state, this.counts.get(order.state) + 1);
    this.show(order);
    if (order.state !== "NEW") return;
    this.sound.add(order.id);
    this.tell("came", order.id);
  }

  /** An order has come further: told live, or by the answer to a press of this page (`isOwn`). */
  changed(told, isOwn = false) {
    const order = this.orders.get(told.orderId);
    if (!order) return this.gone.has(told.orderId) ? undefined : this.renewSoon();
    const expected = told.expectedAt ? instant(told.expectedAt) : 0;
    const isSame = order.state === told.state && (!expected || expected === order.expected);
    if (isSame || STATES.indexOf(told.state) < STATES.indexOf(order.state)) return;
    const before = order.state;
    Object.assign(order, { state: told.state, changed: instant(told.changedAt), expected: expected || order.expected });
    for (const [state, by] of before === order.state ? [] : [[before, -1], [order.state, 1]]) {
      if (this.counts.has(state)) this.setCount(state, this.counts.get(state) + by);
    }
    this.sound.drop(order.id);
    this.show(order, isOwn);
    this.tell("moved", order.id, this.say(order.state));
  }

  /** One that this page does not have has changed: what there is now is asked for. */
  renewSoon() {
    clearTimeout(this.renewal);
    this.renewal = setTimeout(() => {
      this.since = "";
      this.connection.open();
    }, 1_000);
  }

  /** How many there are; where the page has all that are open, it counts them. */
  setCount(state, told) {
    const number = this.isWhole && state !== "DONE" ? this.openOrders(state).length : told;
    this.counts.set(state, number);
    for (const place of this.querySelectorAll(`[data-count=${state}]`)) place.textContent = count(number);
    this.column(state).setAttribute("aria-label", this.say("counted", this.say(state), count(number)));
  }

  column(state) {
    return this.columns.find(({ id }) => id === state);
  }

  article(id) {
    return this.find(`ol .order[data-order="${id}"]`);
  }

  /** Whether something in the column is under a finger. Where columns stand below each other, all move as one. */
  isBusy(column) {
    if (!column) return false;
    const isStacked = this.columns[0].offsetWidth * 2 > this.offsetWidth;
    const near = isStacked ? this.columns : [column];
    return near.some((one) => one.matches(":hover") || one.contains(document.activeElement));
  }

  /** Shows an order where it belongs, unless that would move something under a finger. */
  show(order, isOwn = false) {
    const article = this.article(order.id);
    const [from, to] = [article?.closest(".column"), this.column(order.state)];
    if (!isOwn && (this.isPaused || this.isBusy(from) || this.isBusy(to))) {
      this.held.add(order.id);
      if (article) article.querySelector("[data-tag] [data-text]").textContent = this.say(order.state);
      return this.showMore();
    }
    this.held.delete(order.id);
    const hadFocus = article?.contains(document.activeElement);
    const row = article?.closest("li");
    const next = row?.nextElementSibling ?? row?.previousElementSibling;
    if (row && from !== to) this.deafUntil.set(from, performance.now() + DEAF_MS);
    if (to) {
      const made = this.cards.make(order);
      if (from === to) row.replaceWith(made);
      else {
        row?.remove();
        to.querySelector("ol").prepend(made);
      }
      if (order.state === "DONE") this.trim(to);
    } else {
      row?.remove();
      this.leave(order.id);
    }
    if (hadFocus) (next?.querySelector("h3") ?? from.querySelector("h2")).focus();
    this.showMore();
  }

  /** The last column has the latest only. */
  trim(column) {
    for (const row of [...column.querySelectorAll("ol > li")].slice(DONE_MAX)) {
      this.leave(Number(row.querySelector(".order").dataset.order));
      row.remove();
    }
  }

  /** An order is on the board no more. */
  leave(id) {
    this.orders.delete(id);
    this.gone.add(id);
    if (this.gone.size > GONE_MAX) this.gone.delete(this.gone.values().next().value);
  }

  forget(id) {
    this.article(id)?.closest("li").remove();
    this.leave(id);
    this.held.delete(id);
    this.sound.drop(id);
    this.showMore();
  }

  /** Shows what was held: what belongs into this column at once, and the rest where nothing is under a finger. */
  settle(column) {
    for (const id of [...this.held]) {
      const order = this.orders.get(id);
      if (!order) this.held.delete(id);
      else this.show(order, column !== undefined && this.column(order.state) === column);
    }
  }

  /** The bars that say how many more there are. */
  showMore() {
    for (const column of this.columns) {
      const more = [...this.held].filter((id) => {
        const order = this.orders.get(id);
        return order?.state === column.id && this.article(id)?.closest(".column") !== column;
      });
      const bar = column.querySelector("[data-more]");
      bar.hidden = more.length === 0;
      bar.querySelector("[data-text]").textContent = this.say("more", more.length);
    }
  }

  /** A button of a card. */
  press(form) {
    const article = form.closest(".order");
    const order = this.orders.get(Number(article.dataset.order));
    if (performance.now() < (this.deafUntil.get(article.closest(".column")) ?? 0)) return;
    if (!order || order.state !== article.dataset.state || this.waits.has(order.id)) return;
    const { step } = form.dataset;
    const fields = new FormData(form);
    const inMinutes = () => new Date(now() + Number(fields.get("minutes")) * 60_000).toISOString();
    const body = { accept: () => ({ expectedAt: inMinutes() }), reject: () => ({ reason: fields.get("reason") }) }[step]?.();
    const what = form.querySelector("button").firstChild.textContent;
    const path = `/api/shops/${this.shop}/orders/${order.id}/${step}`;
    const press = { order: order.id, path, body, what, key: newKey() };
    this.waits.set(order.id, press);
    form.querySelector("button").setAttribute("aria-busy", "true");
    this.send(press);
  }

  async send(press) {
    press.isSent = true;
    const answer = await send("POST", press.path, press.body, press.key);
    press.isSent = false;
    if (answer?.status === 401) return logIn();
    if (!answer || answer.status === 429 || answer.status >= 500) {
      press.isLate = true;
      this.showWaiting();
      this.tell("lost");
      setTimeout(() => this.sendAgain(), answer?.retryAfter ? answer.retryAfter * 1_000 : AGAIN_MS);
      return;
    }
    this.waits.delete(press.order);
    this.showWaiting();
    this.article(press.order)?.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
    if (answer.status === 200) this.changed(answer.data, true);
    else this.tell("moved", press.order, `${this.say("refused")}. ${answer.data?.message ?? ""}`);
  }

  sendAgain() {
    for (const press of this.waits.values()) {
      if (press.isLate && !press.isSent) this.send(press);
    }
  }

  /** Says which presses wait, on their cards and in the bar. */
  showWaiting() {
    for (const article of this.querySelectorAll("ol .order")) {
      const press = this.waits.get(Number(article.dataset.order));
      const isLate = press?.isLate === true;
      article.classList.toggle("waits", isLate);
      const tag = article.querySelector("[data-waits]");
      tag.hidden = !isLate;
      if (isLate) tag.querySelector("[data-text]").textContent = this.say("waits", press.what);
    }
    const late = [...this.waits.values()].filter(({ isLate }) => isLate).length;
    const waiting = late ? ` ${this.say("waiting", late)}` : "";
    this.bar.querySelector("[data-known]").textContent = this.say("known", clock(this.knownAt, zone)) + waiting;
  }

  /** What has happened last, in words. */
  tell(name, ...values) {
    this.find("[data-said]").textContent = this.say(name, ...values);
  }

  tick() {
    for (const article of this.querySelectorAll("ol .order")) {
      const order = this.orders.get(Number(article.dataset.order));
      if (order && !this.held.has(order.id) && order.state !== "DONE") this.cards.age(article, order);
    }
    if (this.held.size) this.settle();
  }
}

customElements.define("order-board", OrderBoard);
