// The command behind `npm run picture`: the picture of a report in the README, docs/report.png; with `-- live` that of the live page (live-picture.ts). It lets the example with a bug fail, opens its report in
// a browser, and takes the diagram where the evidence leads. Needs chromium (Debian: apt-get install chromium).
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { UsageError } from '../exit-codes.ts';
import { packageFolder } from '../../layout.ts';
import { shownPath } from '../files.ts';
import { runCommand } from '../sim/run-command.ts';
import { prepare } from '../sim/plan.ts';
import { reportPath } from '../sim/report-file.ts';
import { runSeed } from '../sim/run-seed.ts';
import { processTerminal } from '../terminal.ts';
import { takeLivePicture } from './live-picture.ts';

const example = {
  scenario: join(packageFolder, 'examples', 'commit-at-barrier.ts'),
  set: [],
  faults: 'scenario' as const,
};
const picture = join(packageFolder, 'docs', 'report.png');
const SEEDS_MAX = 100;
const WIDTH = 1280;
const SHARPNESS = 1.5; // pixels of the picture for one of the page

async function failingSeed(): Promise<number> {
  const setup = await prepare(example);
  for (let seed = 1; seed <= SEEDS_MAX; seed++) if (runSeed(setup, seed).result.verdict !== 'pass') return seed;
  throw new Error(`no seed of 1..${SEEDS_MAX} fails`);
}

async function takePicture(page: Page): Promise<void> {
  await page.click('#why li:nth-child(2) button');
  await page.waitForTimeout(1_000); // it scrolls smoothly
  await page.mouse.move(0, 0);
  const diagram = (await page.locator('#diagram').boundingBox())!;
  const clip = { x: diagram.x, y: diagram.y, width: diagram.width, height: diagram.height };
  mkdirSync(dirname(picture), { recursive: true });
  await page.screenshot({ path: picture, clip });
}

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
if (executablePath === undefined) throw new UsageError('there is no chromium here');
const launch = (): Promise<Browser> => chromium.launch({ executablePath, args: ['--no-sandbox'] });
if (process.argv[2] === 'live') await takeLivePicture(launch);
else await takeReportPicture();

async function takeReportPicture(): Promise<void> {
  const seed = await failingSeed();
  await runCommand({ ...example, kind: 'run', seed, trace: null, report: true, json: false }, processTerminal());
  const browser = await launch();
  try {
    const page = await browser.newPage({ viewport: { width: WIDTH, height: 900 }, deviceScaleFactor: SHARPNESS });
    await page.goto(pathToFileURL(reportPath('commit-at-barrier', seed)).href);
    await page.waitForSelector('html[data-ready=yes]');
    await takePicture(page);
  } finally {
    await browser.close();
  }
  console.log(`${shownPath(picture)}: ${Math.round(statSync(picture).size / 1_000)} kB`);
}
