// A shop at work on its orders: what comes in, what is pressed, what others do meanwhile.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Mall, Server, browser, eventually, logIn, watched } from "./support.mjs";

let server, chromium, mall, kim, shop, lamp, bulb;

before(async () => {
  server = await Server.start();
  chromium = await browser();
  mall = await Mall.open(server);
  kim = await server.signUp("kim");
  shop = await mall.shop("등불 가게");
  lamp = await mall.product("Desk lamp", 12_000, 500, { shop });
  bulb = await mall.product("Bulb", 900, 500, { shop });
});

after(async () => {
  await chromium?.close();
  await server?.stop();
});

async function order(...items) {
  const orderItems = items.map(([productId, quantity]) => ({ productId, quantity }));
  const made = await server.call("POST", "/api/orders/products", { body: { orderItems }, token: kim.token });
  return made.orderId;
}

const stateOf = async (id) => {
  const { progress } = await server.call("GET", `/api/orders/${id}`, { token: kim.token });
  return progress.find(({ shopId }) => shopId === shop).state;
};

/** Somebody who is logged in and looks at a page. */
async function visitor(who, path, options) {
  const watch = await watched(chromium, server, options);
  // Counts the notes that the page plays: nobody listens here.
  await watch.context.addInitScript(() => {
    globalThis.notes = 0;
    const make = AudioContext.prototype.createOscillator;
    AudioContext.prototype.createOscillator = function counted() {
      globalThis.notes += 1;
      return make.call(this);
    };
  });
  const page = await watch.context.newPage();
  await logIn(page, who);
  await page.goto(path);
  return { page, ...watch };
}

/** The seller before the board, once it is live, with the pointer beside it. */
async function board(options) {
  const seller = await visitor(mall.owners[shop], "/console/", options);
  if (options?.javaScriptEnabled === false) return seller;
  await seller.page.waitForSelector("[data-live]:not(.off)");
  await seller.page.mouse.move(5, 5);
  return seller;
}

const card = (page, state, id) => page.locator(`#${state} ol .order[data-order="${id}"]`);

test("an order is on the board and sounds within a second, is accepted, and the buyer's page shows it", async () => {
  const seller = await board();
  // The sound is turned on by a person, as browsers want it.
  await seller.page.click("order-sound [data-toggle]");
  await seller.page.mouse.move(5, 5);
  const notes = await seller.page.evaluate(() => globalThis.notes);
  assert.ok(notes > 0, "it sounds as it is turned on");
  const buyer = await visitor(kim, `/products/${lamp}`);
  await buyer.page.click(".big.now");
  const to = await buyer.page.getAttribute("[data-outcome].say.ok a", "href");
  const placed = Date.now();
  const id = Number(to.match(/\d+/)[0]);
  await card(seller.page, "NEW", id).waitFor({ timeout: 1_000 });
  await seller.page.waitForFunction((before) => globalThis.notes > before, notes, { timeout: 1_000 });
  assert.ok(Date.now() - placed < 1_500, "within a second, and the test's own time");
  await buyer.page.goto(to);
  await card(seller.page, "NEW", id).locator("label:has-text('15')").click();
  await card(seller.page, "NEW", id).locator("form[data-step=accept] button").click();
  await card(seller.page, "ACCEPTED", id).waitFor();
  assert.equal(await stateOf(id), "ACCEPTED");
  await buyer.page.waitForSelector(".timeline li.here:has-text('예정')");
  await card(seller.page, "ACCEPTED", id).locator("form[data-step=ready] button").click();
  await card(seller.page, "READY", id).locator("form[data-step=done] button").click();
  await card(seller.page, "DONE", id).waitFor();
  assert.equal(await stateOf(id), "DONE");
  for (const { context, check } of [seller, buyer]) {
    await context.close();
    check();
  }
});

test("nothing moves under a pointer: what comes meanwhile waits behind a bar", async () => {
  const first = await order([lamp, 1]);
  const { page, context, check } = await board();
  await card(page, "NEW", first).hover();
  const before = await card(page, "NEW", first).boundingBox();
  const more = [await order([bulb, 1]), await order([bulb, 2])];
  await page.waitForFunction(() => /2/.test(document.querySelector("#NEW [data-more]:not([hidden])")?.textContent));
  assert.equal(await card(page, "NEW", more[0]).count(), 0);
  assert.deepEqual(await card(page, "NEW", first).boundingBox(), before, "it stays where it is");
  await page.click("#NEW [data-more]");
  for (const id of more) await card(page, "NEW", id).waitFor();
  await context.close();
  check();
});

test("a press while the server is gone is done once when it is back, and nothing is lost or comes twice", async () => {
  const id = await order([lamp, 2]);
  const { page, context, seen } = await board();
  await card(page, "NEW", id).waitFor();
  await server.kill();
  await page.waitForSelector("#board-offline:not([hidden])");
  await card(page, "NEW", id).locator("form[data-step=accept] button").click();
  await page.waitForSelector(`.order.waits[data-order="${id}"]`);
  await server.run();
  const meanwhile = await order([bulb, 3]);
  await page.click("#board-offline button");
  await card(page, "ACCEPTED", id).waitFor();
  await card(page, "NEW", meanwhile).waitFor();
  for (const each of [id, meanwhile]) assert.equal(await page.locator(`ol .order[data-order="${each}"]`).count(), 1);
  await eventually("it is accepted", async () => (await stateOf(id)) === "ACCEPTED");
  await context.close();
  const unexpected = seen.filter((what) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/.test(what));
  assert.deepEqual(unexpected, []);
});

test("the board works without a script", async () => {
  const id = await order([lamp, 3]);
  const { page, context, check } = await board({ javaScriptEnabled: false });
  await card(page, "NEW", id).locator("form[data-step=accept] button").click();
  await card(page, "ACCEPTED", id).locator("form[data-step=ready] button").click();
  await card(page, "READY", id).locator("form[data-step=done] button").click();
  await card(page, "DONE", id).waitFor();
  assert.equal(await stateOf(id), "DONE");
  await context.close();
  check();
});

test("of an order over two shops one rejects its part, and only that comes back", async () => {
  const other = await mall.shop("Other shop");
  const rug = await mall.product("Rug", 30_000, 10, { shop: other });
  const id = await order([lamp, 1], [rug, 1]);
  const left = async (product) => (await server.call("GET", `/api/stocks/product/${product}`, { token: kim.token })).quantity;
  const before = await left(lamp);
  const { page, context, check } = await board();
  await card(page, "NEW", id).locator("summary").click();
  await card(page, "NEW", id).locator("select[name=reason]").selectOption("OUT_OF_STOCK");
  await card(page, "NEW", id).locator("form[data-step=reject] button").click();
  await card(page, "NEW", id).waitFor({ state: "detached" });
  assert.equal(await stateOf(id), "REJECTED");
  assert.deepEqual([await left(lamp), await left(rug)], [before + 1, 9]);
  const buyer = await visitor(kim, `/orders/${id}`);
  const told = await buyer.page.textContent("main");
  assert.match(told, /30,000원/);
  assert.match(told, /재고|품절/);
  for (const { context, check } of [buyer]) {
    await context.close();
    check();
  }
  await context.close();
  check();
});

test("a seller finds nothing at another shop", async () => {
  const { page, context, check } = await board();
  for (const path of ["/console/?shop=1", "/console/?shop=999999"]) {
    assert.equal((await page.goto(path)).status(), 404, path);
  }
  await context.close();
  check();
});
