// The command behind `npm run picture -- live`: the pictures of the live page in the README, docs/live.png and docs/live-graph.png. It starts a cluster, submits
// an example, kills a TaskManager, and takes the page of the job; then the graph of a job that a slow operator holds back. Needs chromium (Debian: apt-get
// install chromium).
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { packageFolder } from '../../layout.ts';
import { shownPath } from '../files.ts';

const picture = join(packageFolder, 'docs', 'live.png');
const graphPicture = join(packageFolder, 'docs', 'live-graph.png');
const example = join(packageFolder, 'examples', 'endless-counts', 'job.ts');
const [WIDTH, HEIGHT] = [1_280, 720] as const;
const SHARPNESS = 1.5; // pixels of the picture for one of the page
const RUNS_MS = 12_000; // so that there are some checkpoints, and rates

/** `score` is slow: what is before it is backpressured. */
const SLOW_JOB = `import { defineJob, tumblingEventTime } from 'millrace';

function slow(n: number): number {
  let x = n;
  for (let round = 0; round < 2_000; round++) x = (x * 31 + round) % 1_000_003;
  return x;
}

export const job = defineJob('scores', (env) =>
  env
    .fromSource<number>('numbers', {
      topic: 'generator:',
      splits: 2,
      parallelism: 2,
      recordsPerSecond: 50_000,
      timestamp: (n) => ${Date.now()} + Math.floor(n / 10),
    })
    .keyBy((n) => n % 64)
    .reduce('score', (sum, n) => (slow(sum) + n) % 1_000_003, { parallelism: 2 })
    .keyBy((n) => n % 10)
    .window('by-second', tumblingEventTime(1_000))
    .aggregate({ create: () => 0, add: (sum, n) => sum + n, result: (sum, { key }) => ({ key, sum }) })
    .sinkTo('sums', { sink: 'jsonl:out/sums' }),
);
`;

/** @param launch starts a browser */
export async function takeLivePicture(launch: () => Promise<Browser>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-picture-'));
  const cluster = millrace(folder, 'cluster', '--task-managers', '3', '--rest-port', '0');
  let browser: Browser | null = null;
  try {
    const told = await saidBy(cluster, /^page +(\S+)$/m);
    const [, pageUrl = ''] = /^page +(\S+)$/m.exec(told) ?? [];
    copyFileSync(example, join(folder, 'counts.ts')); // its output lies beside it, and that of another run is in its way
    await once(millrace(folder, 'submit', 'counts.ts', '--job-id', 'counts'), 'exit');
    browser = await launch();
    const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT }, deviceScaleFactor: SHARPNESS });
    await page.goto(`${pageUrl}#/jobs/counts/checkpoints`);
    await page.waitForTimeout(RUNS_MS / 2);
    killFirst(told);
    await page.waitForTimeout(RUNS_MS / 2);
    if (!(await page.innerText('body')).includes('RUNNING')) throw new Error('the job of the picture does not run');
    await openSlowest(page);
    await page.screenshot({ path: picture });
    writeFileSync(join(folder, 'scores.ts'), SLOW_JOB);
    await once(millrace(folder, 'submit', 'scores.ts', '--job-id', 'scores'), 'exit');
    await page.goto(`${pageUrl}#/jobs/scores`);
    await page.waitForTimeout(RUNS_MS);
    await page.screenshot({ path: graphPicture });
  } finally {
    await browser?.close();
    cluster.kill('SIGTERM');
    await once(cluster, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
  for (const file of [picture, graphPicture])
    console.log(`${shownPath(file)}: ${Math.round(statSync(file).size / 1_000)} kB`);
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
