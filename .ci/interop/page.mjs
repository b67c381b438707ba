// The page that `--format html` writes, in Debian's Chromium: axe-core finds nothing of level A or AA on it, nothing is
// wider than the window, and many zones fit on three screens.
//
// usage: node page.mjs PROGRAM FOLDER [PICTURES], where FOLDER holds the node_modules; with PICTURES, screenshots and
// prints are kept there

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const [program, folder, pictures] = process.argv.slice(2);
const require = createRequire(`${folder}/`);
const puppeteer = require("puppeteer-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const work = mkdtempSync(join(tmpdir(), "page-"));

/** Starts the sandbox, hands its variables to `act`, and stops it in the end. */
async function sandbox(options, act) {
  const child = spawn(program, ["sandbox", ...options], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  try {
    const variables = { ...process.env, CF_DOMAUTH_STATE_DIR: mkdtempSync(join(work, "state-")) };
    let count = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const [, name, value] = line.match(/^export (\w+)='(.*)'$/);
      variables[name] = value;
      if (++count === 8) break;
    }
    return await act((...given) => run(variables, given));
  } finally {
    child.kill();
    await ended;
  }
}

/** What the program writes, whatever its exit status. */
function run(env, given) {
  return new Promise((resolve) => {
    const options = { env, maxBuffer: 2 ** 26 };
    execFile(program, [...given, "-q"], options, (_, stdout) => resolve(stdout));
  });
}

/** The pages to look at: their names, what they are, and how many screens of 1,600 x 1,000 they may fill. */
async function pages() {
  const html = "--format=html";
  const zone = ["--zone", "example.com"];
  const all = {};
  await sandbox(["--real-ttl"], async (cf) => {
    all.broken = [await cf("audit", ...zone, html), 3];
    all.waiting = [await cf("fix", ...zone, "--yes", "--wait=0", html), 3];
  });
  await sandbox([], async (cf) => {
    all.repaired = [await cf("fix", ...zone, "--yes", html), 3];
    all.fine = [await cf("audit", ...zone, html), 2];
    all.confirmed = [await cf("confirm", "example.com", html), 3];
  });
  await sandbox(["--scenario", "stale-ds"], async (cf) => {
    all.unsigned = [await cf("audit", ...zone, html), 3];
  });
  await sandbox(["--zones", "250", "--broken", "12"], async (cf) => {
    all.fleet = [await cf("audit", "--all-zones", html), 3];
    const some = Array.from({ length: 240 }, (_, at) => ["--zone", `zone-${String(at).padStart(4, "0")}.example`]);
    await cf("fix", ...some.flat(), "--yes", "--wait=0");
    all.nightly = [await cf("audit", "--all-zones", html), 3];
  });
  return all;
}

async function look(browser, name, html, screens) {
  const path = join(work, `${name}.html`);
  writeFileSync(path, html);
  assert.ok(!/<script|https?:/.test(html), `${name}: a script or a foreign address`);
  const page = await browser.newPage();
  const foreign = [];
  page.on("request", (request) => request.url().startsWith("file:") || foreign.push(request.url()));
  for (const width of [360, 1024, 1600]) {
    for (const scheme of ["light", "dark"]) {
      const at = `${name} at ${width}, ${scheme}`;
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await page.setViewport({ width, height: 1000 });
      await page.goto(`file://${path}`);
      if (pictures) await page.screenshot({ path: join(pictures, `${name}-${width}-${scheme}.png`), fullPage: true });
      const [wide, tall] = await page.evaluate(() => {
        const { scrollWidth, scrollHeight } = document.documentElement;
        return [scrollWidth, scrollHeight];
      });
      assert.ok(wide <= width, `${at}: ${wide} pixels wide`);
      if (width === 1600) assert.ok(tall <= screens * 1000, `${at}: ${tall} pixels high`);
      // Folds are looked into as well.
      await page.evaluate(() => document.querySelectorAll("details").forEach((fold) => (fold.open = true)));
      await page.evaluate(axe);
      const options = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] };
      const found = await page.evaluate((options) => axe.run(document, options), options);
      const told = found.violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
      assert.deepEqual(told, [], at);
      const open = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(open <= width, `${at}, unfolded: ${open} pixels wide`);
    }
  }
  if (pictures) {
    await page.goto(`file://${path}`);
    await page.pdf({ path: join(pictures, `${name}.pdf`), format: "a4", margin: { top: "15mm", bottom: "15mm", left: "15mm", right: "15mm" } });
  }
  assert.deepEqual(foreign, [], `${name}: asks for something`);
  await page.close();
  console.log(`${name}: nothing found`);
}

if (pictures) mkdirSync(pictures, { recursive: true });
const browser = await puppeteer.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
try {
  for (const [name, [html, screens]] of Object.entries(await pages())) await look(browser, name, html, screens);
} finally {
  await browser.close();
}
