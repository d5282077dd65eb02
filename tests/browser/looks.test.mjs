// Each page in both languages, both colours and two widths: nothing is wrong for people who cannot see it, nothing
// is wrong on the console, nothing is asked of another host, nothing scrolls sideways.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ADMIN, Mall, Server, browser, faults, keepPicture, logIn, watched } from "./support.mjs";

let server, chromium, shopper, owner, newcomer;
const at = {};
/** The pages of a shop's seller, and those of admins. */
const ofShop = {};
const ofAdmins = {};

before(async () => {
  // Pictures of products come from the server itself here, which is named as if it were another host's origin.
  server = await Server.start();
  await server.kill();
  server.more = { HOTDEAL__PAGES__IMAGE_HOSTS: server.url };
  await server.run();
  chromium = await browser();
  shopper = await server.signUp("kim");
  const mall = await Mall.open(server);
  const flowers = await mall.shop("봄날꽃집");
  const farm = await mall.shop("오름농장");
  const sound = await mall.shop("소리공방");
  const about = "강화에서 새벽에 자른 붉은 장미 여덟 송이입니다. 잎을 정리하고 갈색 종이에 싸서, 물주머니를 단 채로 보냅니다.";
  const roses = await mall.product("장미 한 다발", 21_500, 300, { shop: flowers, picture: "rose", description: about });
  const citrus = await mall.product("제주 감귤 5kg", 24_000, 2_000, { shop: farm, picture: "tangerine" });
  const buds = await mall.product("무선 이어폰", 79_000, 23, { shop: sound, picture: "earbuds" });
  const towels = await mall.product("호텔 수건 6장", 39_000, 1_500, { shop: farm, picture: "towel" });
  const peonies = await mall.product("작약 한 다발", 28_000, 1, { shop: flowers });
  const coffee = await mall.product("드립백 커피 20개", 18_000, 400, { shop: farm, picture: "coffee" });
  const lantern = await mall.product("캠핑 랜턴", 46_000, 150, { shop: sound, picture: "lantern" });
  const blocks = await mall.product("나무 블록 32조각", 33_000, 200, { shop: sound, picture: "blocks" });
  const plain = await mall.product("수국 화분", 38_500, 60, { shop: flowers });
  await mall.deal(40, [roses], -2_700, 872, { personLimit: 2 });
  const farmDeal = await mall.deal(35, [citrus, towels], -7_200, 6_400);
  await mall.deal(25, [buds], -3_600, 12_000);
  await mall.deal(30, [peonies], -60, 20_000);
  await mall.deal(50, [coffee], 392, 4_000);
  await mall.deal(25, [lantern], 3_360, 9_000);
  await mall.deal(30, [blocks], -60, 2);
  await mall.coupons("여름 쿠폰", 10_000);
  const order = await server.call("POST", "/api/orders/products", {
    body: { orderItems: [{ productId: peonies, quantity: 1 }] },
    token: shopper.token,
  });
  const second = await server.call("POST", "/api/orders/products", {
    body: { orderItems: [{ productId: citrus, quantity: 2 }, { productId: roses, quantity: 1 }] },
    token: shopper.token,
  });
  await server.call("PUT", `/api/orders/${second.orderId}`, { token: shopper.token });
  await server.call("POST", "/api/subscribe/sub-product", {
    body: { productIds: [coffee, plain] },
    token: shopper.token,
    status: 201,
  });
  await mall.deal(20, [plain], 0, 9_000);
  await mall.fillBoard(flowers, [roses, plain], shopper);
  owner = mall.owners[flowers];
  const bare = await mall.shop("빈 가게");
  newcomer = mall.owners[bare];
  Object.assign(ofShop, {
    board: "/console/",
    "shop-orders": "/console/orders",
    "shop-orders-none": "/console/orders?state=READY&day=2020-01-01",
    "shop-order": `/console/orders/${order.orderId}`,
  });
  Object.assign(ofAdmins, {
    overview: "/admin/",
    actors: "/admin/actors?sort=handled",
    "actors-none": "/admin/actors?find=nobody",
    actor: `/admin/actors/shop/${flowers}?sequence=9`,
    "actor-ledger": "/admin/actors/ledger/1",
    people: "/admin/users",
    log: "/admin/log",
  });
  Object.assign(at, {
    front: "/",
    deal: `/products/${roses}`,
    last: `/products/${buds}`,
    soldout: `/products/${peonies}`,
    soon: `/products/${coffee}`,
    ended: `/products/${blocks}`,
    products: `/deals/${farmDeal}`,
    coupons: "/coupons",
    orders: "/orders",
    order: `/orders/${order.orderId}?placed`,
    cancelled: `/orders/${second.orderId}`,
    notices: "/notices",
    shops: "/shops",
    shop: `/shops/${flowers}`,
    me: "/me",
    missing: "/nothing-is-here",
  });
});

after(async () => {
  await chromium?.close();
  await server?.stop();
});

/** Whether anything reaches beyond the right edge. */
const isTooWide = () => document.documentElement.scrollWidth > innerWidth;

async function look(page, name, path) {
  await page.goto(path);
  // What is told live has come: from then on nothing changes but the clocks.
  await page.waitForFunction(() => !document.querySelector("live-status") || /\d:\d\d:\d\d$/.test(document.querySelector("live-status").textContent));
  await keepPicture(page, name);
  const wrong = await faults(page);
  if (await page.evaluate(isTooWide)) wrong.push("it scrolls sideways");
  return wrong.map((fault) => `${name}: ${fault}`);
}

for (const [tag, locale] of [["ko", "ko-KR"], ["en", "en-GB"]]) {
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [390, 1280]) {
      test(`pages are fit for everybody: ${tag}, ${colorScheme}, ${width}`, async () => {
        const options = { locale, colorScheme, viewport: { width, height: 844 } };
        const { context, check } = await watched(chromium, server, options);
        const page = await context.newPage();
        const wrong = [];
        const name = (what) => `${what}-${width}-${colorScheme}-${tag}`;
        for (const path of ["/login?return=/orders", "/signup"]) {
          wrong.push(...(await look(page, name(path.slice(1).split("?")[0]), path)));
        }
        await page.goto("/login");
        await page.fill("input[name=email]", "nobody@shoppers.test");
        await page.fill("input[name=password]", "wrong and wrong");
        await page.click("main button");
        await page.waitForSelector(".say.bad");
        await keepPicture(page, name("login-refused"));
        wrong.push(...(await faults(page)));
        wrong.push(...(await look(page, name("front-guest"), "/")));
        await logIn(page, shopper);
        assert.equal(await page.evaluate(() => document.documentElement.lang), tag);
        for (const [what, path] of Object.entries(at)) {
          wrong.push(...(await look(page, name(what), path)));
        }
        await context.clearCookies({ name: "__Host-session" });
        await logIn(page, newcomer);
        wrong.push(...(await look(page, name("board-empty"), "/console/")));
        await context.clearCookies({ name: "__Host-session" });
        await logIn(page, owner);
        for (const [what, path] of Object.entries(ofShop)) {
          wrong.push(...(await look(page, name(what), path)));
        }
        await context.clearCookies({ name: "__Host-session" });
        await logIn(page, ADMIN);
        for (const [what, path] of Object.entries(ofAdmins)) {
          wrong.push(...(await look(page, name(what), path)));
        }
        await context.close();
        assert.deepEqual(wrong, []);
        check();
      });
    }
  }
}
