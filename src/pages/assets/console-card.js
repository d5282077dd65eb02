// The cards of <order-board>: made from the templates of the page, filled with what is told of an order.

import { now } from "./server-clock.js";
import { clock, count, day, icon, money, say } from "./words.js";

const zone = Number(document.querySelector("meta[name=zone]").content);
const MINUTE_MS = 60_000;

/** How far an order has come. It never goes back. */
export const STATES = ["NEW", "ACCEPTED", "READY", "DONE", "REJECTED", "CANCELLED"];

/** A time of the server; one without an offset is of its zone. */
export function instant(text) {
  return /(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Date.parse(`${text}Z`) - zone * MINUTE_MS;
}

/** `14:30`, with the day where that is not today. */
export function when(ms) {
  const local = (at) => new Date(at + zone * MINUTE_MS).toISOString();
  const time = clock(ms, zone).slice(0, -3);
  return local(ms).slice(0, 10) === local(now()).slice(0, 10) ? time : `${day(local(ms))} ${time}`;
}

/** What the page tells of an order. */
export function readCard(article) {
  const { order, state, ordered, changed, expected } = article.dataset;
  return {
    id: Number(order),
    state,
    ordered: Number(ordered),
    changed: Number(changed),
    expected: Number(expected),
    lines: article.querySelector(".order-what ul"),
    sum: article.querySelector("[data-sum]").textContent,
  };
}

export class Cards {
  /** `board` is the element with the templates; `words` are its sentences. */
  constructor(board, words) {
    this.board = board;
    this.words = words;
    this.answerMs = Number(board.dataset.answerMs);
    this.dueMs = Number(board.dataset.dueMs);
  }

  /** The sentence of this name, with these values in it. */
  say(name, ...values) {
    let next = 0;
    return this.words[name].replace(/\{\}/g, () => values[next++]);
  }

  /** An order as it is told live. */
  read(told) {
    const digits = Number(this.board.dataset.digits);
    return {
      id: told.orderId,
      state: told.state,
      ordered: instant(told.orderDate),
      changed: instant(told.changedAt),
      expected: told.expectedAt ? instant(told.expectedAt) : 0,
      lines: this.lines(told),
      sum: money(Math.round(told.totalOrderPrice * 10 ** digits), told.currency, digits),
    };
  }

  lines({ items, lineCount }) {
    const list = document.createElement("ul");
    const most = Number(this.board.dataset.lines);
    const line = (quantity, name) => {
      const [row, pieces, text] = ["li", "b", "span"].map((tag) => document.createElement(tag));
      pieces.textContent = quantity;
      text.textContent = name;
      row.append(pieces, text);
      list.append(row);
    };
    for (const { quantity, productName } of items.slice(0, most)) line(count(quantity), productName);
    if (lineCount > most) line("", this.say("moreLines", lineCount - most));
    return list;
  }

  /** The card of an order, in its row. */
  make(order) {
    const template = this.board.querySelector(`template[data-card=${order.state}]`);
    const row = document.importNode(template.content, true).querySelector("li");
    const article = row.querySelector(".order");
    const heading = row.querySelector("h3");
    Object.assign(article.dataset, { order: order.id, ordered: order.ordered, changed: order.changed, expected: order.expected || "" });
    heading.id = `n${order.id}`;
    article.setAttribute("aria-labelledby", heading.id);
    heading.textContent = order.id;
    row.querySelector(".order-what ul").replaceWith(order.lines);
    row.querySelector("[data-sum]").textContent = order.sum;
    const time = row.querySelector("time");
    time.textContent = when(order.ordered);
    time.dateTime = new Date(order.ordered).toISOString();
    for (const form of row.querySelectorAll("form")) {
      form.action = form.getAttribute("action").replace("/orders/0/", `/orders/${order.id}/`);
    }
    for (const hint of row.querySelectorAll(".btn > .away")) hint.textContent = `: ${order.id}`;
    const legend = row.querySelector("legend");
    if (legend) legend.textContent = this.say("readyIn", order.id);
    this.age(article, order);
    return row;
  }

  /** So long, in whole minutes. */
  span(ms) {
    const minutes = Math.floor(Math.max(0, ms) / MINUTE_MS);
    return minutes < 60 ? this.say("minutes", minutes) : say("hours", Math.floor(minutes / 60), minutes % 60);
  }

  /** How an order stands in time: its name, what is said, and the hundredths that are left. */
  standing({ state, ordered, changed, expected }) {
    const at = now();
    const late = (by) => ({ name: "late", text: this.say("late", this.span(by)), left: 0 });
    if (state === "NEW") {
      const rest = ordered + this.answerMs - at;
      if (rest <= 0) return late(-rest);
      const isFresh = this.answerMs - rest < MINUTE_MS;
      const text = isFresh ? this.say("justNow") : this.say("answerIn", this.span(rest + MINUTE_MS - 1));
      return { name: rest <= this.dueMs ? "due" : "", text, left: (100 * rest) / this.answerMs };
    }
    if (state === "ACCEPTED" && expected) {
      const rest = expected - at;
      if (rest <= 0) return late(-rest);
      return { name: "", text: this.say("until", when(expected)), left: (100 * rest) / Math.max(1, expected - changed) };
    }
    if (state === "READY") return { name: "", text: this.say("readyFor", this.span(at - changed)) };
    return { name: "", text: this.say("handedOver", when(changed)) };
  }

  /** Shows how an order stands in time now. */
  age(article, order) {
    const { name, text, left } = this.standing(order);
    const words = article.querySelector("[data-tag] [data-text]");
    if (words.textContent !== text) words.textContent = text;
    const line = article.querySelector("progress");
    if (line && left !== undefined) line.value = Math.min(100, left);
    if (article.dataset.age === name) return;
    article.dataset.age = name;
    const tag = article.querySelector("[data-tag]");
    tag.className = `tag ${{ late: "hot", due: "warn" }[name] ?? ""}`;
    tag.querySelector(".icon").replaceWith(icon(name === "late" ? "warn" : "clock"));
  }
}
