// Opens pages in Chromium, at two widths and in both colours, and prints as JSON what a person would meet there.
//
//   node look.cjs FOLDER_FOR_SCREENSHOTS PAGE…

const fs = require('fs');
const os = require('os');
const path = require('path');
const { chromium } = require('playwright-core');

const AXE = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];
const HEAVY = 40_000; // elements, of which axe thinks for minutes: the smaller pages have the same, only fewer
const PATIENCE = 180_000; // ms: machines are shared
const SIZES = [[1280, 'light'], [1280, 'dark'], [400, 'light'], [400, 'dark']];

// Both must be there before the page is: what happens while it loads is what they are about.
function observe() {
  window.shift = 0;
  new PerformanceObserver(list => list.getEntries().forEach(each => { window.shift += each.value; }))
    .observe({ type: 'layout-shift', buffered: true });
}

function facts() {
  const links = [...document.querySelectorAll('a[href^="#"]')].map(each => each.getAttribute('href').slice(1));
  return {
    paint: performance.getEntriesByName('first-contentful-paint').map(each => each.startTime)[0] ?? null,
    overflow: document.documentElement.scrollWidth - window.innerWidth,
    dead: links.filter(name => document.getElementById(name) === null),
    links: links.length,
    nodes: document.querySelectorAll('*').length,
    broken_images: [...document.images].filter(each => !each.complete || each.naturalWidth === 0).length,
    ran: window.ran ?? null,
  };
}

async function look(context, file, [width, colours], folder) {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const said = [], asked = [];
  page.on('console', message => said.push(message.text()));
  page.on('pageerror', error => said.push(error.message));
  page.on('dialog', dialog => { said.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on('request', request => asked.push(request.url()));
  await page.setViewportSize({ width, height: 900 });
  await page.emulateMedia({ colorScheme: colours });
  await page.addInitScript(observe);
  await page.goto(`file://${file}`, { timeout: PATIENCE });
  await page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))));
  const shift = await page.evaluate(() => window.shift);
  const stem = path.join(folder, `${path.basename(file, '.html')}-${width}-${colours}`);
  const found = await page.evaluate(facts);
  await page.screenshot({ path: `${stem}.png`, fullPage: found.nodes <= HEAVY });
  const clicked = await click(page);
  const violations = found.nodes > HEAVY ? [] : await judged(page, found);
  await page.close();
  return {
    page: path.basename(file), width, colours, ...found, ...clicked, shift, said,
    fetched: asked.filter(each => !each.startsWith('file:') && !each.startsWith('data:')),
    violations: violations.map(each => `${each.id}: ${each.nodes.length} × ${each.nodes[0].target}`),
  };
}

// With all that is folded open.
async function judged(page, found) {
  await page.evaluate(() => document.querySelectorAll('details').forEach(each => { each.open = true; }));
  found.overflow = Math.max(found.overflow, (await page.evaluate(facts)).overflow);
  await page.evaluate(AXE);
  return (await page.evaluate(() => window.axe.run())).violations;
}

// The first link of the verdicts, the first table, and each theme.
async function click(page) {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const grounds = {};
  for (const theme of ['light', 'dark', 'auto']) {
    await page.check(`#theme-${theme}`);
    grounds[theme] = await ground();
  }
  const summary = page.locator('figure details > summary').first();
  await summary.click();
  const opened = await page.evaluate(() => document.querySelector('figure details').open);
  await summary.click();
  const link = page.locator('main table a').first();
  const name = (await link.getAttribute('href')).slice(1);
  await link.click();
  const landed = await page.evaluate(id => Math.abs(document.getElementById(id).getBoundingClientRect().top) < 40, name);
  return { grounds, opened, landed };
}

(async () => {
  const [folder, ...files] = process.argv.slice(2);
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'perfkit-chromium-'));
  const context = await chromium.launchPersistentContext(profile, { executablePath: '/usr/bin/chromium', args: FLAGS });
  const found = [];
  for (const file of files) {
    for (const size of SIZES) found.push(await look(context, path.resolve(file), size, folder));
  }
  await context.close();
  fs.rmSync(profile, { recursive: true, force: true });
  process.stdout.write(JSON.stringify(found));
})().catch(error => { console.error(error); process.exit(1); });
