// The report of a failing tape in a real browser, as an engineer uses it: why did it fail? Where there is no chromium the test is skipped, and
// says so; CI installs one, and counts what is skipped as failed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unshrunk } from '../../src/cli/sim/failure.ts';
import { prepare } from '../../src/cli/sim/plan.ts';
import { reportOf } from '../../src/cli/sim/report-file.ts';
import { runSeed } from '../../src/cli/sim/run-seed.ts';
import type { Run } from '../../src/cli/sim/run-seed.ts';
import { repository } from '../cli/run-cli.ts';
import { hasChromium, launch, whySkipped } from './chromium.ts';

if (!hasChromium) console.warn(`the report is not looked at in a browser${whySkipped}`);

const SEEDS_MAX = 100;

describe.skipIf(!hasChromium)(`the report of a failing tape${whySkipped}`, () => {
  const complaints: string[] = [];
  let folder: string;
  let browser: Browser;
  let page: Page;
  let run: Run;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-report-'));
    const scenario = join(repository, 'examples/commit-at-barrier.ts');
    const setup = await prepare({ scenario, set: [], faults: 'scenario' });
    run = firstFailure((seed) => runSeed(setup, seed));
    const html = await reportOf(setup, unshrunk(run), { story: null, commands: [] });
    const file = join(folder, 'report.html');
    writeFileSync(file, html ?? '');

    browser = await launch();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (request.url() !== pathToFileURL(file).href) complaints.push(`request ${request.url()}`);
    });
    await page.goto(pathToFileURL(file).href);
    await page.waitForSelector('html[data-ready=yes]');
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  test('says that it failed, and why', async () => {
    expect(await page.textContent('#verdict')).toBe('FAIL');
    expect(await page.textContent('#sentence')).toBe(run.result.sentence);
    expect(await page.locator('#why li').count()).toBe(1 + run.result.violations[0]!.evidence.length);
    expect(await page.locator('#oracles .objects').textContent()).toContain('O-exact');
  });

  test('leads from the list to the fault, and to the step in which it struck', async () => {
    const { text } = run.result.faultLog[0]!;
    await page.click('#story button[data-fault="0"]');
    expect(await page.textContent('#panel h3')).toBe(`tm-crash: ${text}`);
    expect(await page.getAttribute('#tracks .mark.fault', 'aria-label')).toBe(`tm-crash: ${text}`);
    await expect.poll(() => page.getAttribute('#tracks .mark.fault', 'class')).toContain('selected'); // a frame later
    await page.click('#panel .links button:has-text("it struck in")');
    expect(await page.textContent('#panel .kind')).toBe('step');
    expect(await page.textContent('#panel h3')).toContain(run.result.faultLog[0]!.target);
    expect(await page.textContent('#live')).toBe(await page.textContent('#panel h3'));
  });

  test('leads from the evidence to the step that it names', async () => {
    await page.click('#why li:nth-child(2) button');
    const evidence = run.result.violations[0]!.evidence[0]!.text;
    const name = await page.inputValue('#search');
    expect(evidence).toContain(name);
    expect(name).toMatch(/^job-1\/ledger\//);
    expect(await page.textContent('#search-count')).toMatch(/^[1-9]\d* found$/);
    expect(await page.textContent('#panel')).toContain(name);
    await page.fill('#search', '');
  });

  test('goes on by keyboard from where a list led to, and keeps that in sight when it zooms', async () => {
    await page.click('#story button[data-fault="0"]');
    await page.keyboard.press('ArrowRight');
    expect(await page.textContent('#panel .kind')).toBe('step');
    await page.click('#story button[data-fault="0"]');
    for (let times = 0; times < 6; times++) await page.keyboard.press('+');
    const plot = (await page.locator('#plot').boundingBox())!;
    const flag = (await page.locator('#tracks .mark.fault').first().boundingBox())!;
    expect(flag.x).toBeGreaterThan(plot.x - 10);
    expect(flag.x + flag.width).toBeLessThan(plot.x + plot.width + 10);
  });

  test('zooms by wheel, key and button, and draws another picture each time', async () => {
    const pictures = new Set<string>();
    const look = async (): Promise<string> => (await page.locator('#canvas').screenshot()).toString('base64');
    /** A frame later there is a picture that was not there before. */
    const expectAnother = async (): Promise<void> => {
      await expect.poll(async () => pictures.has(await look())).toBe(false);
      pictures.add(await look());
    };
    await page.click('#zoom-all');
    pictures.add(await look());
    const whole = await page.textContent('#axis');
    const box = (await page.locator('#canvas').boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + 60);
    await page.mouse.wheel(0, -600);
    await expect.poll(() => page.textContent('#axis')).not.toBe(whole);
    await expectAnother();
    await page.locator('#plot').focus();
    await page.keyboard.press('+');
    await expectAnother();
    await page.keyboard.press('f');
    expect(await page.textContent('#panel .kind')).toBe('fault 1');
    await page.keyboard.press('ArrowRight');
    expect(await page.textContent('#panel .kind')).toBe('step');
    await expectAnother();
    await page.keyboard.press('0');
    await expect.poll(() => page.textContent('#axis')).toBe(whole);
  });

  test('hides what is not wanted, spaces by time, and lists the same as text', async () => {
    await page.click('#log summary');
    const rows = page.locator('#log-rows tr');
    await expect.poll(() => rows.count()).toBeGreaterThan(20);
    for (const show of ['control', 'checkpoint', 'request', 'data', 'lost']) await page.uncheck(`[data-show=${show}]`);
    await expect.poll(() => page.locator('#log-rows tr:not(.fault)').count()).toBe(0);
    const faults = run.result.faultLog.length + 1; // and the violation
    await expect.poll(() => page.locator('#log-rows tr.fault').count()).toBe(faults); // without what was lost
    const evenly = await page.textContent('#axis');
    await page.check('input[value=time]');
    await expect.poll(() => page.textContent('#axis')).not.toBe(evenly);
    await page.check('[data-show=control]');
  });

  test('shows a message under the pointer, and its text after a click', async () => {
    await page.check('input[value=even]');
    await page.click('#zoom-all');
    const box = (await page.locator('#canvas').boundingBox())!;
    const lane = (await page.locator('#lanes .lane').nth(1).boundingBox())!;
    for (let x = 20; x < box.width && (await page.locator('#tip').isHidden()); x += 3) {
      await page.mouse.move(box.x + x, lane.y + 21);
      await page.waitForTimeout(0); // a frame
    }
    expect(await page.textContent('#tip')).toContain('jm-1');
  });

  test('is dark when the system is, and light when one wants it so', async () => {
    const background = (): Promise<string> =>
      page.evaluate('getComputedStyle(document.body).backgroundColor') as Promise<string>;
    const light = await background();
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await background()).not.toBe(light);
    await page.click('#theme');
    expect(await background()).toBe(light);
  });

  test('shows the same again after it had no room, as in a hidden frame', async () => {
    const seen = (): Promise<string | null> => page.textContent('#axis');
    const before = await seen();
    const twoFrames = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))';
    for (const display of ['none', '']) {
      await page.evaluate(`document.body.style.display = '${display}'`);
      await page.evaluate(twoFrames); // the page hears of a new size before it paints
    }
    expect(await seen()).toBe(before);
    expect(await page.getAttribute('#overview .selection', 'width')).toMatch(/^\d/);
  });

  test('complains of nothing and asks nobody', () => {
    expect(complaints).toEqual([]);
  });
});

function firstFailure(runOf: (seed: number) => Run): Run {
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    const run = runOf(seed);
    if (run.result.verdict !== 'pass') return run;
  }
  throw new Error(`no seed of 1..${SEEDS_MAX} fails`);
}
