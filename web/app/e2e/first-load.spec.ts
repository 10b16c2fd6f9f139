/** What the first look costs: bytes of script, and time until the list answers. */
import { gzipSync } from 'node:zlib';
import { type Page, test as plain } from '@playwright/test';
import { expect, signIn, test } from './fake.ts';
import { isBuilt, Waybill } from './waybill.ts';

/** As issue and README promise: kB of 1,000 bytes. */
const SCRIPT_MAX = 200_000;

/**
 * Notes when a row, or the word that there is none, is there and the page has had time to answer a click, in milliseconds
 * since the start of the navigation.
 */
function noteWhenListAnswers(): void {
  const watch = new MutationObserver(() => {
    if (!document.querySelector('main a[href^="/orders/"]')) return;
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => Object.assign(window, { answersAt: performance.now() })));
  });
  watch.observe(document, { childList: true, subtree: true });
}

async function listAnswersAt(page: Page): Promise<number> {
  const at = await page.waitForFunction(() => (window as { answersAt?: number }).answersAt);
  return Number(await at.jsonValue());
}

for (const role of ['customer', 'staff'] as const) {
  test(`the first look of ${role} takes at most 200 kB of script`, async ({ page, server }) => {
    server.shop.createDemo(1);
    await page.addInitScript(noteWhenListAnswers);
    await signIn(page, server, role);
    const until = await listAnswersAt(page);
    // What is fetched after that is for pages that nobody has asked for yet.
    const scripts = await page.evaluate((until) => performance.getEntriesByType('resource')
      .filter(({ name, startTime }) => name.endsWith('.js') && startTime <= until).map(({ name }) => name), until);
    let size = 0;
  if (process.env['MEASURE']) console.info(scripts);
    for (const script of scripts) size += gzipSync(await (await page.request.get(script)).body()).length;
    console.info(`${role}: ${size} bytes of script in ${scripts.length} files, compressed`);
    expect(size).toBeGreaterThan(50_000);
    expect(size).toBeLessThanOrEqual(SCRIPT_MAX);
  });
}

plain.describe('with MEASURE=1', () => {
  plain.skip(!process.env['MEASURE'] || !isBuilt, 'only when asked for, on a machine that does nothing else');
  const RUNS = 11;

  plain('how soon the list answers, with nothing in the cache', async ({ browser }) => {
    plain.setTimeout(300_000);
    const waybill = new Waybill();
    await waybill.start();
    try {
      for (const role of ['customer', 'admin']) {
        const link = await waybill.link(role);
        const times: number[] = [];
        for (let run = 0; run < RUNS; run++) {
          const context = await browser.newContext();
          const page = await context.newPage();
          const cdp = await context.newCDPSession(page);
          await cdp.send('Network.setCacheDisabled', { cacheDisabled: true });
          await page.addInitScript(noteWhenListAnswers);
          await page.goto(link);
          times.push(await listAnswersAt(page));
          await context.close();
        }
        times.sort((a, b) => a - b);
        const ms = (value: number | undefined) => `${Math.round(value ?? NaN)} ms`;
        console.info(`${role}: median ${ms(times[RUNS >> 1])}, least ${ms(times[0])}, most ${ms(times.at(-1))} of ${RUNS}`);
      }
    } finally {
      await waybill.end('SIGTERM');
      waybill.remove();
    }
  });
});
