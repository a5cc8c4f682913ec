// Looks at a page as people do: in headless Chromium at four widths, light and dark, and printed.
//
//   node tests/page/check.mjs out/latest/report.html /tmp/page/pictures        (browser.mjs says what it needs)
//
// Pictures and the PDF go to the second argument. It ends with 1 when the console says anything, anything is requested, the
// page is wider than its window, words of a chart are cut or lie on each other, or axe finds a violation.
// It needs a browser, so `make test` does not run it; tests/page.rs checks what can be checked without one.
import { mkdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { open, require } from "./browser.mjs";

const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const [page_file, out = "."] = process.argv.slice(2);
if (!page_file) {
  console.error("usage: node check.mjs report.html [folder]");
  process.exit(2);
}
mkdirSync(out, { recursive: true });
const url = pathToFileURL(resolve(page_file)).href;
const browser = await open();
const problems = [];
for (const colorScheme of ["light", "dark"]) {
  for (const width of [1280, 390, 360, 320]) {
    const page = await browser.newPage();
    const at = `${width} ${colorScheme}`;
    page.on("console", (m) => problems.push(`${at}: console: ${m.text()}`));
    page.on("pageerror", (e) => problems.push(`${at}: error: ${e.message}`));
    page.on("request", (r) => { if (r.url() !== url) problems.push(`${at}: request: ${r.url()}`); });
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    await page.goto(url);
    const wide = await page.evaluate(() => {
      const window_width = document.documentElement.clientWidth;
      const inside = (e) => e.closest(".scroll, .skip, svg");
      const beyond = [...document.querySelectorAll("body *")]
        .filter((e) => !inside(e) && e.getBoundingClientRect().right > window_width + 1)
        .map((e) => e.tagName + (e.className ? "." + e.className : ""));
      if (document.documentElement.scrollWidth > window_width) beyond.push("the page");
      // Words of a chart that lie beyond its edge or on each other.
      for (const chart of document.querySelectorAll("svg.chart")) {
        const edge = chart.getBoundingClientRect();
        if (edge.width === 0) continue;
        const boxes = [...chart.querySelectorAll("text")].map((t) => [t.textContent.trim(), t.getBoundingClientRect()]);
        for (const [text, box] of boxes) {
          if (box.left < edge.left - 1 || box.right > edge.right + 1 || box.top < edge.top - 1 || box.bottom > edge.bottom + 1)
            beyond.push(`${chart.parentElement.id}: "${text}" is cut`);
        }
        for (const [i, [a, p]] of boxes.entries())
          for (const [b, q] of boxes.slice(i + 1))
            if (p.left + 1 < q.right && q.left + 1 < p.right && p.top + 3 < q.bottom && q.top + 3 < p.bottom)
              beyond.push(`${chart.parentElement.id}: "${a}" lies on "${b}"`);
      }
      return beyond;
    });
    problems.push(...wide.map((what) => `${at}: ${what}`));
    if (width !== 320) await page.screenshot({ path: join(out, `page-${width}-${colorScheme}.png`), fullPage: true });
    await page.evaluate(axe);
    const found = await page.evaluate(() => window.axe.run(document));
    for (const v of found.violations)
      problems.push(`${at}: axe ${v.impact}: ${v.id}: ${v.help}: ${v.nodes.map((n) => n.target).slice(0, 3).join(" ")}`);
    console.log(`${at}: axe passed ${found.passes.length} rules, ${found.violations.length} violated, ${found.incomplete.length} to look at (${found.incomplete.map((v) => v.id)})`);
    await page.close();
  }
}
const page = await browser.newPage();
// A dark screen prints on white paper all the same.
await page.emulateMedia({ colorScheme: "dark" });
await page.goto(url);
await page.pdf({ path: join(out, basename(page_file).replace(/\.html$/, ".pdf")), preferCSSPageSize: true, printBackground: true });
await browser.close();
for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);
