// The pictures of the page in the README: `make pictures` runs it on the page of the fixtures.
//
//   node tests/page/pictures.mjs report.html docs/pictures        (browser.mjs says what it needs)
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { open } from "./browser.mjs";

const [report, out] = process.argv.slice(2);
const browser = await open();
const page = await browser.newPage();
await page.setViewportSize({ width: 1180, height: 800 });
await page.emulateMedia({ colorScheme: "light" });
await page.goto(pathToFileURL(resolve(report)).href);
const top = (id) => page.evaluate((id) => document.getElementById(id).getBoundingClientRect().top + scrollY, id);
const bottom = (id) => page.evaluate((id) => document.getElementById(id).getBoundingClientRect().bottom + scrollY, id);
const take = async (name, from, to) =>
  page.screenshot({ path: join(out, name), fullPage: true, clip: { x: 0, y: from, width: 1180, height: to - from } });
await take("page.png", 0, await top("order"));
await take("page-why.png", await top("why"), (await bottom("chart-parts")) + 16);
await browser.close();
