// The command behind `npm run picture -- live`: the picture of the live page in the README, docs/live.png. It starts a cluster, submits an example, kills a
// TaskManager, and takes the page of the job. Needs chromium (Debian: apt-get install chromium).
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { packageFolder } from '../../layout.ts';
import { shownPath } from '../files.ts';

const picture = join(packageFolder, 'docs', 'live.png');
const example = join(packageFolder, 'examples', 'endless-counts', 'job.ts');
const [WIDTH, HEIGHT] = [1_280, 720] as const;
const SHARPNESS = 1.5; // pixels of the picture for one of the page
const RUNS_MS = 12_000; // so that there are some checkpoints

/** @param launch starts a browser */
export async function takeLivePicture(launch: () => Promise<Browser>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-picture-'));
  const cluster = millrace(folder, 'cluster', '--task-managers', '3', '--rest-port', '0');
  let browser: Browser | null = null;
  try {
    const told = await saidBy(cluster, /^page +(\S+)$/m);
    const [, pageUrl = ''] = /^page +(\S+)$/m.exec(told) ?? [];
    await once(millrace(folder, 'submit', example, '--job-id', 'counts'), 'exit');
    browser = await launch();
    const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT }, deviceScaleFactor: SHARPNESS });
    await page.goto(`${pageUrl}#/jobs/counts/checkpoints`);
    await page.waitForTimeout(RUNS_MS / 2);
    killFirst(told);
    await page.waitForTimeout(RUNS_MS / 2);
    await openSlowest(page);
    await page.screenshot({ path: picture });
  } finally {
    await browser?.close();
    cluster.kill('SIGTERM');
    await once(cluster, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`${shownPath(picture)}: ${Math.round(statSync(picture).size / 1_000)} kB`);
}

/** The TaskManager with the tasks may be any: `cluster` starts it again. */
function killFirst(told: string): void {
  const [, pid = ''] = /^tm-1 .*process (\d+)$/m.exec(told) ?? [];
  process.kill(Number(pid), 'SIGKILL');
}

async function openSlowest(page: Page): Promise<void> {
  await page.click('td a >> nth=2');
  await page.waitForSelector('meter');
}

function millrace(folder: string, ...words: readonly string[]): ChildProcess {
  const program = join(packageFolder, 'src', 'cli', 'millrace.ts');
  return spawn(process.execPath, [program, ...words], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
}

async function saidBy(child: ChildProcess, pattern: RegExp): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    text += chunk.toString();
    if (pattern.test(text)) return text;
  }
  throw new Error(`the cluster ended before it was up: ${text}`);
}
