// What happens while people look: others buy, the server goes away, clocks are wrong.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Mall, Server, browser, inSeconds, logIn, watched } from "./support.mjs";

let server, chromium, mall, kim, lee;

before(async () => {
  server = await Server.start();
  chromium = await browser();
  mall = await Mall.open(server);
  [kim, lee] = [await server.signUp("kim"), await server.signUp("lee")];
});

after(async () => {
  await chromium?.close();
  await server?.stop();
});

/** Somebody who is logged in and looks at a page. */
async function visitor(who, path, options) {
  const watch = await watched(chromium, server, options);
  const page = await watch.context.newPage();
  if (who) await logIn(page, who);
  await page.goto(path);
  return { page, ...watch };
}

const available = async (product) =>
  (await server.call("GET", `/api/stocks/product/${product}`, { token: kim.token })).quantity;

test("two browsers race for the last one, and one of them is told at once", async () => {
  const lamp = await mall.product("Desk lamp", 12_900, 1);
  await mall.deal(10, [lamp], -60, 3_600);
  const both = [await visitor(kim, `/products/${lamp}`), await visitor(lee, `/products/${lamp}`)];
  await Promise.all(both.map(({ page }) => page.click(".big.now")));
  const outcomes = await Promise.all(
    both.map(async ({ page }) => {
      await page.waitForSelector("[data-outcome].say, .big[data-state=soldout]");
      return (await page.locator("[data-outcome].say.ok").count()) === 1;
    }),
  );
  assert.equal(outcomes.filter(Boolean).length, 1, "one has it");
  const without = both[outcomes.indexOf(false)].page;
  await without.waitForSelector(".big[data-state=soldout]");
  assert.equal(await without.locator("[data-outcome].say.ok").count(), 0);
  assert.equal(await available(lamp), 0);
  for (const { context, check } of both) {
    await context.close();
    check();
  }
});

test("what sells out while one looks changes in its place", async () => {
  const lamp = await mall.product("Floor lamp", 30_000, 2);
  await mall.deal(10, [lamp], -60, 3_600);
  const { page, context, check } = await visitor(kim, `/products/${lamp}`);
  const before = await page.locator(".big").boundingBox();
  await server.call("POST", "/api/orders/v1", { body: { productId: lamp, quantity: 2 }, token: lee.token });
  await page.waitForSelector(".big[data-state=soldout]");
  assert.deepEqual(await page.locator(".big").boundingBox(), before, "the button keeps its place and size");
  assert.match(await page.textContent(".runs"), /매진/);
  // The button says now: tell me when it is back.
  await page.waitForTimeout(400);
  await Promise.all([page.waitForNavigation(), page.click(".big")]);
  assert.match(await page.textContent(".big"), /알려 드립니다/);
  const followers = await server.call("GET", `/api/subscribe/search-sub-user?productId=${lamp}`, { token: kim.token });
  assert.equal(followers.length, 1);
  await mall.post(`/api/stocks/product/${lamp}/increase?quantity=5`);
  await context.close();
  check();
});

test("a deal opens by the server's clock, on devices whose clock is three minutes off", async () => {
  const lamp = await mall.product("Night lamp", 20_000, 50);
  const opensIn = 6;
  await mall.deal(50, [lamp], opensIn, 3_600);
  const begun = Date.now();
  const visits = [];
  for (const off of [-180_000, 180_000]) {
    const watch = await watched(chromium, server);
    await watch.context.addInitScript((ms) => {
      const real = Date.now;
      Date.now = () => real() + ms;
    }, off);
    const page = await watch.context.newPage();
    await logIn(page, off < 0 ? kim : lee);
    await page.goto(`/products/${lamp}`);
    visits.push({ page, ...watch });
  }
  for (const { page } of visits) {
    const state = await page.getAttribute(".big", "data-state");
    const passed = (Date.now() - begun) / 1_000;
    assert.ok(state === "soon" || passed > opensIn, `${state} after ${passed} s`);
  }
  for (const { page } of visits) {
    await page.waitForSelector(".big[data-state=open]:not([aria-disabled])");
    assert.ok(Date.now() - begun >= opensIn * 1_000 - 300, "not before its time");
  }
  for (const { page, context, check } of visits) {
    await page.waitForTimeout(400);
    await page.click(".big");
    await page.waitForSelector("[data-outcome].say.ok");
    await context.close();
    check();
  }
  assert.equal(await available(lamp), 48);
  const orders = await server.call("POST", "/api/event/search-event", { body: { productIds: [lamp] }, token: kim.token });
  assert.equal(orders[0].discountPrice, 10_000);
});

test("the front page changes by itself when a deal opens, also one that was not planned", async () => {
  const [desk, chair] = [await mall.product("Writing desk", 90_000, 5), await mall.product("Arm chair", 80_000, 5)];
  // Late enough for a browser that shares its processor with other tests.
  await mall.deal(15, [desk], 20, 300);
  const { page, context, check } = await visitor(null, "/");
  const soon = page.locator("#soon a", { hasText: "Writing desk" });
  await soon.waitFor();
  const open = (name) => page.locator("#open .deal-name, .deals .deal-name").filter({ hasText: name });
  await open("Writing desk").waitFor();
  assert.equal(await soon.count(), 0);
  await mall.deal(15, [chair], -10, 200);
  await open("Arm chair").waitFor();
  await context.close();
  check();
});

test("more than the deal has room for is ordered at the usual price, and that is said", async () => {
  const vase = await mall.product("Vase", 10_000, 9);
  await mall.deal(50, [vase], -60, 3_600, { personLimit: 2 });
  await server.call("POST", "/api/orders/v1", { body: { productId: vase, quantity: 1 }, token: lee.token });
  const { page, context, check } = await visitor(lee, `/products/${vase}`);
  assert.match(await page.textContent(".big"), /5,000원/);
  await page.click(".stepper button:last-child");
  await page.click(".big.now");
  await page.waitForURL(/placed-at-list-price/);
  assert.match(await page.textContent(".say.warn"), /원래 값/);
  await page.click("text=주문 취소");
  await page.waitForSelector("text=취소했습니다");
  await server.call("POST", "/api/orders/v1", { body: { productId: vase, quantity: 1 }, token: lee.token });
  await page.goto(`/products/${vase}`);
  assert.match(await page.textContent(".buy .say"), /이미 다 사셨습니다/);
  assert.match(await page.textContent(".big"), /10,000원/);
  await context.close();
  check();
});

test("the server is killed and started again while one looks: nothing lost, nothing twice", async () => {
  const lamp = await mall.product("Wall lamp", 15_000, 10);
  await mall.deal(10, [lamp], -60, 3_600);
  const { page, context, seen } = await visitor(kim, `/products/${lamp}`);
  await page.waitForFunction(() => document.querySelector("stock-left b").textContent.startsWith("10"));
  await page.click(".big.now");
  await page.waitForSelector("[data-outcome].say.ok");
  await page.waitForFunction(() => document.querySelector("stock-left b").textContent.startsWith("9"));
  await server.kill();
  await page.waitForSelector("offline-bar:not([hidden])");
  // A press while nobody answers: what became of it is asked under the same key later.
  await page.click(".big.now");
  await page.waitForSelector("[data-outcome].say.warn");
  await server.run();
  await server.call("POST", "/api/orders/v1", { body: { productId: lamp, quantity: 3 }, token: lee.token });
  await page.click("offline-bar button");
  await page.waitForSelector("offline-bar[hidden]", { state: "attached" });
  await page.waitForFunction(() => document.querySelector("stock-left b").textContent.startsWith("6"));
  await page.click(".big.now");
  await page.waitForSelector("[data-outcome].say.ok");
  await page.waitForFunction(() => document.querySelector("stock-left b").textContent.startsWith("5"));
  assert.equal(await available(lamp), 5);
  await context.close();
  const unexpected = seen.filter((what) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/.test(what));
  assert.deepEqual(unexpected, []);
});

test("markup in the name of a product is text, and a picture on another host is not asked for", async () => {
  const name = `<img src=x onerror="alert(1)"> & "quotes" </script><script>alert(2)</script>`;
  const lamp = await mall.product(name, 9_900, 5, { description: "<b>bold</b><svg onload=alert(3)>" });
  await mall.deal(10, [lamp], -60, 3_600);
  await mall.coupons(`<img src=x onerror="alert(4)">`, 10);
  const { page, context, check } = await visitor(kim, "/");
  for (const path of ["/", `/products/${lamp}`, "/coupons", "/shops"]) {
    await page.goto(path);
    assert.equal(await page.locator("main img[src=x], main b b, main script").count(), 0, path);
  }
  await page.goto(`/products/${lamp}`);
  assert.equal(await page.textContent("h1"), name);
  assert.equal(await page.locator(".plate img").count(), 0, "a drawing stands in its place");
  await page.click(".big.now");
  await page.click("[data-outcome].say.ok a");
  assert.equal(await page.textContent("h1"), name);
  await context.close();
  check();
});

test("a coupon is claimed and its amount is seen at once, and the second time it is the same one", async () => {
  const event = await mall.coupons("Spring coupons", 3);
  const { page, context, check } = await visitor(kim, "/coupons");
  const other = await context.newPage();
  await other.goto("/coupons");
  const on = (tab) => tab.locator(`claim-form[data-event="${event}"]`);
  await on(page).locator("button").click();
  await on(page).locator(".held .gives").waitFor();
  const amount = await on(page).locator(".gives").textContent();
  assert.match(amount, /^(1|3|10),000원$/);
  // A tab that was open before does not know of it yet.
  await on(other).locator("button").click();
  await on(other).locator(".held .gives").waitFor();
  assert.equal(await on(other).locator(".gives").textContent(), amount);
  await page.reload();
  await on(page).locator(".held .gives").waitFor();
  assert.equal(await on(page).locator("button").count(), 0, "there is nothing to claim");
  assert.match(await page.locator("#own + ul").textContent(), new RegExp(amount));
  await context.close();
  check();
});

test("everything works without a script", async () => {
  const lamp = await mall.product("Reading lamp", 40_000, 3);
  await mall.deal(25, [lamp], -60, 3_600);
  const event = await mall.coupons("Autumn coupons", 5);
  const { context, check } = await watched(chromium, server, { javaScriptEnabled: false });
  const page = await context.newPage();
  // Who has no account is led to the log-in, signs up, and comes back to the product.
  await page.goto(`/products/${lamp}`);
  await page.click(".big.now");
  await page.waitForURL(/\/login\?return=/);
  await page.click("text=회원가입");
  await page.fill("input[name=name]", "박하나");
  await page.fill("input[name=email]", "park@shoppers.test");
  await page.fill("input[name=password]", "another long walk by the sea");
  await page.click("main button");
  await page.waitForURL(`**/products/${lamp}`);
  await page.fill("input[name=quantity]", "2");
  await page.click(".big.now");
  await page.waitForURL(/\/orders\/\d+\?placed/);
  assert.match(await page.textContent("main"), /주문했습니다[\s\S]*60,000원/);
  assert.equal(await available(lamp), 1);
  await page.click("text=주문 취소");
  await page.waitForSelector("text=취소했습니다");
  assert.equal(await available(lamp), 3);
  await page.goto("/coupons");
  await page.click(`claim-form[data-event="${event}"] button`);
  await page.waitForSelector(`claim-form[data-event="${event}"] .held`);
  await page.click("button:has-text('English')");
  assert.equal(await page.getAttribute("html", "lang"), "en");
  await page.goto("/me");
  await page.click("button:has-text('Dark')");
  assert.equal(await page.getAttribute("html", "data-theme"), "dark");
  await page.click("button:has-text('Log out')");
  await page.waitForURL("**/");
  assert.equal((await context.cookies()).find(({ name }) => name === "__Host-session"), undefined);
  await page.goto("/orders");
  await page.waitForURL(/\/login\?return=\/orders/);
  await context.close();
  check();
});

test("tabs share one connection, and the next takes it over", async () => {
  const lamp = await mall.product("Hall lamp", 10_000, 100);
  await mall.deal(10, [lamp], -60, 3_600);
  const { page, context, check } = await visitor(kim, `/products/${lamp}`);
  let opened = 0;
  const second = await context.newPage();
  second.on("request", (request) => {
    if (new URL(request.url()).pathname === "/live") opened += 1;
  });
  await second.goto(`/products/${lamp}`);
  const buy = (quantity) => server.call("POST", "/api/orders/v1", { body: { productId: lamp, quantity }, token: lee.token });
  const shows = (tab, left) => tab.waitForFunction((text) => document.querySelector("stock-left b").textContent.startsWith(text), left);
  await buy(1);
  await Promise.all([shows(page, "99"), shows(second, "99")]);
  assert.equal(opened, 0, "the second tab opens none");
  await page.close();
  await buy(1);
  await shows(second, "98");
  assert.equal(opened, 1, "it does once the first has gone");
  await context.close();
  check();
});

test("what a shop does with an order, and news of what one follows, show while one looks", async () => {
  const shop = await mall.shop("등불 가게");
  const lamp = await mall.product("Garden lamp", 10_000, 10, { shop });
  const body = { productId: lamp, quantity: 1 };
  const { orderId } = await server.call("POST", "/api/orders/v1", { body, token: kim.token });
  await server.call("POST", "/api/subscribe/sub-product", { body: { productIds: [lamp] }, token: kim.token, status: 201 });
  const { page, context, check } = await visitor(kim, `/orders/${orderId}`);
  const list = await context.newPage();
  await list.goto("/orders");
  // Both have said that they listen: the second through the first.
  await list.waitForFunction(() => navigator.locks.query().then(({ held, pending }) => [held, pending].every((locks) => locks.some(({ name }) => name === "hotdeal-own"))));
  const seller = mall.owners[shop].token;
  const step = (name, body) => server.call("POST", `/api/shops/${shop}/orders/${orderId}/${name}`, { body, token: seller });
  await step("accept", { expectedAt: inSeconds(1_800) });
  await page.waitForSelector(".timeline li:nth-child(2).here");
  await step("ready");
  await page.waitForSelector(".timeline li.here:has-text('준비되었습니다')");
  await list.locator(`li:has(a[href="/orders/${orderId}"]) .tag:has-text("준비됨")`).waitFor();
  assert.equal(await page.locator("notice-bell.new").count(), 0);
  await mall.deal(10, [lamp], -60, 3_600);
  await Promise.all([page, list].map((tab) => tab.waitForSelector("notice-bell.new")));
  await context.close();
  check();
});
