// Headless Chromium for the scripts beside this one; it fetches nothing by itself.
//
//   npm install --prefix /tmp/page playwright-core axe-core
//   export NODE_PATH=/tmp/page/node_modules
//
// CHROMIUM names the browser (default: /usr/bin/chromium).
import { createRequire } from "node:module";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const require = createRequire(join(process.env.NODE_PATH ?? process.cwd(), "_"));

export function open() {
  const { chromium } = require("playwright-core");
  return chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), "page-")), {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    // The checker puts axe into the page; the page itself allows no script.
    bypassCSP: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
}
