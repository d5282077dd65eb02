// A server of the test's own, what it has to show, and browsers that watch themselves.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const need = (name) => process.env[name] ?? assert.fail(`${name} is not set: run tests/run`);
const require = createRequire(join(need("HOTDEAL_TEST_NODE_MODULES"), "x.js"));
const { chromium } = require("playwright-core");
export const axeSource = require("axe-core").source;

export const ADMIN = { email: "admin@mall.test", password: "correct horse battery staple" };
export const PASSWORD = "a long walk by the sea";

/** Longer than anything takes, even on a busy machine. */
export const PATIENCE_MS = 20_000;

/** A running `hotdeal`, on a database of its own. */
export class Server {
  static async start(more = {}) {
    const server = new Server();
    server.folder = await mkdtemp(join(tmpdir(), "hotdeal-browser-"));
    server.more = more;
    server.bind = "127.0.0.1:0";
    await server.run();
    server.bind = server.url.replace("http://", "");
    return server;
  }

  async run() {
    const env = {
      PATH: process.env.PATH,
      HOTDEAL__HTTP__BIND: this.bind,
      HOTDEAL__DATABASE__URL: `sqlite://${join(this.folder, "mall.db")}`,
      HOTDEAL__AUTH__SECRET: "of a test, and long enough for it: 0123456789",
      HOTDEAL__AUTH__ADMIN_EMAIL: ADMIN.email,
      HOTDEAL__AUTH__ADMIN_PASSWORD: ADMIN.password,
      HOTDEAL__DEMO__ENABLED: "false",
      HOTDEAL__LOG__FILTER: "warn",
      HOTDEAL__LIMITS__SIGNUP_ADDRESS: "off",
      HOTDEAL__AUTH__HASHING_PER_ADDRESS_MAX: "64",
      ...this.more,
    };
    this.child = spawn(need("HOTDEAL_TEST_PROGRAM"), ["serve"], { cwd: this.folder, env, stdio: ["ignore", "pipe", "inherit"] });
    this.ended = new Promise((done) => this.child.once("exit", done));
    const lines = createInterface({ input: this.child.stdout });
    for await (const line of lines) {
      if (line.startsWith("ready: ")) {
        this.url = line.slice("ready: ".length).trim();
        lines.close();
        this.child.stdout.resume();
        return;
      }
    }
    assert.fail("the server ended before it was ready");
  }

  /** As a power cut would. */
  async kill() {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  async stop() {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A call of the API: the answer, which must have this status. */
  async call(method, path, { body, token, status = 200 } = {}) {
    const headers = { "accept-language": "en" };
    if (token) headers.authorization = `Bearer ${token}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    const answer = await fetch(this.url + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    assert.equal(answer.status, status, `${method} ${path}: ${text}`);
    return text ? JSON.parse(text) : null;
  }

  async logIn(who) {
    const { data } = await this.call("POST", "/api/auth/login", { body: who });
    return data.accessToken;
  }

  /** Signs up; the token. */
  async signUp(name) {
    const who = { email: `${name}@shoppers.test`, password: PASSWORD };
    const { data } = await this.call("POST", "/api/auth/signup", { body: { ...who, name }, status: 201 });
    return { ...who, id: data.authId, token: await this.logIn(who) };
  }
}

/** RFC 3339, so many seconds from now. */
export const inSeconds = (seconds) => new Date(Date.now() + seconds * 1_000).toISOString();

/** What an admin puts on offer. */
export class Mall {
  static async open(server) {
    const mall = new Mall();
    mall.server = server;
    mall.token = await server.logIn(ADMIN);
    return mall;
  }

  async shop(name) {
    this.shops = (this.shops ?? 0) + 1;
    const owner = await this.server.signUp(`owner${this.shops}`);
    const body = { name, currency: "KRW", ownerId: owner.id };
    const { shopId } = await this.post("/api/shops", body, 201);
    // The token of before knows of no shop.
    const token = await this.server.logIn({ email: owner.email, password: owner.password });
    this.owners = { ...this.owners, [shopId]: { ...owner, token } };
    return shopId;
  }

  async product(name, price, pieces, { shop, picture, description = "" } = {}) {
    const body = {
      productName: name,
      productDescription: description,
      productPrice: price,
      productImageUrl: picture ? `${this.server.url}/assets/demo/${picture}.svg` : "https://pictures.test/lamp.png",
      productCategory: "HOBBY",
    };
    if (shop) body.shopId = shop;
    const { productId } = await this.post("/api/products", body, 201);
    if (pieces > 0) await this.post(`/api/stocks/product/${productId}/increase?quantity=${pieces}`);
    return productId;
  }

  /** A deal on these products, from and until so many seconds from now. */
  async deal(percent, products, from, until, more = {}) {
    const body = {
      eventType: "HOT_DEAL",
      eventDiscount: percent,
      startEventTime: inSeconds(from),
      endEventTime: inSeconds(until),
      productIds: products,
      ...more,
    };
    return (await this.post("/api/event/create", body, 201)).eventId;
  }

  async coupons(name, total, from = -60) {
    const body = {
      name,
      totalCount: total,
      policies: [
        { discountType: "FIXED", discountAmount: 1_000, allocationPercentage: 60 },
        { discountType: "FIXED", discountAmount: 3_000, allocationPercentage: 30 },
        { discountType: "FIXED", discountAmount: 10_000, allocationPercentage: 10 },
      ],
      minimumPrice: 15_000,
      startsAt: inSeconds(from),
      endsAt: inSeconds(36_000),
      validDays: 18,
    };
    const batch = await this.post("/api/coupons/preload", body, 202);
    await eventually("the coupons are ready", async () => {
      const { status } = await this.server.call("GET", `/api/coupons/batches/${batch.batchId}`, { token: this.token });
      return status === "READY";
    });
    return batch.eventId;
  }

  /** Orders of a shop in each state that its board shows, one over ten lines long. */
  async fillBoard(shop, products, buyer) {
    const { token } = this.owners[shop];
    const order = async (...items) => {
      const orderItems = items.map(([productId, quantity]) => ({ productId, quantity }));
      const body = { orderItems };
      return (await this.server.call("POST", "/api/orders/products", { body, token: buyer.token })).orderId;
    };
    const step = (id, name, body) => this.server.call("POST", `/api/shops/${shop}/orders/${id}/${name}`, { body, token });
    const [one, other] = products;
    const ids = [];
    for (let quantity = 1; quantity <= 6; quantity += 1) ids.push(await order([one, 1], [other, quantity]));
    const [done, ready, soon, later] = ids;
    for (const id of [done, ready, soon]) await step(id, "accept", { expectedAt: inSeconds(1_800) });
    await step(later, "accept", { expectedAt: inSeconds(3_600) });
    for (const id of [done, ready]) await step(id, "ready");
    await step(done, "done");
    return ids;
  }

  post(path, body, status = 200) {
    return this.server.call("POST", path, { body, token: this.token, status });
  }
}

/** Waits until it is so. */
export async function eventually(what, isSo) {
  const until = Date.now() + PATIENCE_MS;
  while (!(await isSo())) {
    assert.ok(Date.now() < until, `in time: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** A browser of the tests' own. */
export function browser() {
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

/**
 * A context that notes every error on the console, every request to another host, and every dialog. `check` fails
 * with what it has seen.
 */
export async function watched(of, server, options = {}) {
  const context = await of.newContext({ baseURL: server.url, locale: "ko-KR", viewport: { width: 1280, height: 900 }, ...options });
  const seen = [];
  context.on("console", (message) => {
    // A refusal that a test provokes is told by the browser, too.
    const isRefusal = /Failed to load resource: the server responded with a status of 4/.test(message.text());
    if (message.type() === "error" && !isRefusal) seen.push(`console: ${message.text()}`);
  });
  context.on("weberror", (error) => seen.push(`error: ${error.error()}`));
  context.on("dialog", (dialog) => {
    seen.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  context.on("request", (request) => {
    if (!request.url().startsWith(server.url)) seen.push(`request: ${request.url()}`);
  });
  return { context, check: () => assert.deepEqual(seen, []), seen };
}

/** Logs in by the form, as people do. */
export async function logIn(page, who) {
  await page.goto("/login?return=/");
  await page.fill("input[name=email]", who.email);
  await page.fill("input[name=password]", who.password);
  await page.click("main button");
  await page.waitForURL("**/");
}

/** What is wrong with a page for people who cannot see it, or not well. */
export async function faults(page) {
  // The page's policy lets in no script but the server's own; the tools of the browser may run one.
  await page.evaluate(axeSource);
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await page.evaluate((runOnly) => globalThis.axe.run({ runOnly }), tags);
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`);
}

/** Keeps a picture of the page, where HOTDEAL_TEST_SCREENSHOTS names a folder. */
export async function keepPicture(page, name) {
  const folder = process.env.HOTDEAL_TEST_SCREENSHOTS;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
