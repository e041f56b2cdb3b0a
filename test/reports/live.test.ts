// The live page in a real browser, on answers of a JobManager that changes while somebody looks: what it shows, what it keeps, and what it asks for.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderLivePage } from '../../reports/html/live-page.ts';
import { hasChromium, launch, whySkipped } from './chromium.ts';

if (!hasChromium) console.warn(`the live page is not looked at in a browser${whySkipped}`);

const TOKEN = 'a1b2c3';
const NOW = Date.now();

/** What the JobManager knows. */
const cluster = {
  /** Whether TaskManagers tell their metrics. */
  isMeasured: false,
  state: 'RUNNING',
  running: 2,
  parallelism: 2,
  failures: [] as string[],
  reachable: true,
  readsOpenly: true,
  /** Of the status of savepoint sp-1; 404 as long as it is null. */
  operation: null as unknown,
};

const going = { status: { id: 'IN_PROGRESS' }, operation: null };
const ended = (operation: object) => ({ status: { id: 'COMPLETED' }, operation });

const counts = (running: number) => ({ running, total: 3, failed: 0 });
const line = () => ({
  jid: 'j1',
  name: 'delays <b>',
  state: cluster.state,
  'start-time': NOW - 65_000,
  'end-time': cluster.state === 'CANCELED' ? NOW : -1,
  duration: 65_000,
  tasks: counts(cluster.running + 1),
});
const share = (avg: number, max = avg) => ({ avg, max });
const loads: Readonly<Record<string, object>> = {
  v0: {
    subtasks: 1,
    'records-in-per-second': 0,
    'records-out-per-second': 12_345,
    'bytes-in-per-second': 0,
    'bytes-out-per-second': 40_960,
    busy: share(0.1),
    idle: share(0),
    backpressured: share(0.9),
    watermark: NOW - 90_000,
    'late-records': [],
    'input-queue': 0,
    'output-queue': 4,
  },
  v1: {
    subtasks: 1,
    'records-in-per-second': 12_345,
    'records-out-per-second': 0,
    'bytes-in-per-second': null,
    'bytes-out-per-second': 0,
    busy: share(0.75, 1),
    idle: share(0.25),
    backpressured: share(0),
    watermark: null,
    'late-records': [{ operator: 'by-day', records: 7 }],
    'input-queue': 64,
    'output-queue': 0,
  },
};
const vertex = (id: string, name: string, parallelism: number, running: number) => ({
  id,
  name,
  parallelism,
  load: cluster.isMeasured ? loads[id] : null,
  status: running === parallelism ? 'RUNNING' : 'FAILED',
  tasks: { RUNNING: running, FAILED: parallelism - running },
});
const checkpoint = (id: number, status: string) => ({
  id,
  status,
  is_savepoint: id === 2,
  trigger_timestamp: NOW,
  end_to_end_duration: 40,
  state_size: 2_048,
  num_subtasks: 3,
  num_acknowledged_subtasks: 3,
  ...(id === 2 ? { 'savepoint-location': 'millrace:j1/sp-0' } : {}),
  failure_message: status === 'FAILED' ? 'it expired' : null,
});
const late = (took: number) => ({ status: 'completed', end_to_end_duration: took, state_size: 9 });

const answers: Readonly<Record<string, () => unknown>> = {
  '/overview': () => ({ taskmanagers: 2, 'slots-total': 4, 'slots-available': 1, 'flink-version': '0.1.0' }),
  '/jobs/overview': () => ({ jobs: [line()] }),
  '/taskmanagers': () => ({
    taskmanagers: [
      {
        id: '127.0.0.1:7001',
        name: 'tm-1',
        slotsNumber: 2,
        freeSlots: 1,
        timeSinceLastHeartbeat: NOW,
        assignedTasks: 2,
        process: { 'resident-bytes': 157_286_400, 'cpu-cores': 0.714, 'loop-delay-ms': 0.62, 'loop-delay-max-ms': 41 },
      },
      { id: '127.0.0.1:7002', name: null, slotsNumber: 2, freeSlots: 2, timeSinceLastHeartbeat: NOW, process: null },
    ],
  }),
  '/jobs/j1': () => ({
    ...line(),
    maxParallelism: 128,
    reason: cluster.state === 'RESTARTING' ? 'tm-2 is lost' : null,
    vertices: [vertex('v0', 'flights', 1, 1), vertex('v1', 'by-day -> delays', cluster.parallelism, cluster.running)],
    plan: { nodes: [{ id: 'v1', inputs: [{ id: 'v0', ship_strategy: 'HASH' }] }, { id: 'v0' }] },
  }),
  '/jobs/j2': () => ({ ...line(), jid: 'j2', maxParallelism: 128, vertices: [], plan: { nodes: [] } }),
  '/jobs/j1/checkpoints': () => ({
    counts: { completed: 2, failed: 1, in_progress: 0, restored: 0, total: 3 },
    history: [checkpoint(3, 'FAILED'), checkpoint(2, 'COMPLETED'), checkpoint(1, 'COMPLETED')],
  }),
  '/jobs/j1/checkpoints/details/1/subtasks/v0': () => ({ subtasks: [{ index: 0, ...late(5) }] }),
  '/jobs/j1/checkpoints/details/1/subtasks/v1': () => ({
    subtasks: [
      { index: 0, ...late(12) },
      { index: 1, ...late(40) },
    ],
  }),
  '/jobs/j1/exceptions': () => ({
    exceptionHistory: {
      entries: cluster.failures.map((stacktrace) => ({
        exceptionName: 'x',
        stacktrace,
        timestamp: NOW,
        taskName: 'by-day (2/2)',
        endpoint: '127.0.0.1:7002',
      })),
      truncated: false,
    },
  }),
};

const logLine = (level: string, message: string, more?: number) =>
  JSON.stringify({ time: new Date(NOW).toISOString(), level, process: 'p', kind: 'process', message, more });

/** Paths that are answered with plain text. */
const texts: Record<string, string> = {
  '/jobmanager/log?lines=500': [
    logLine('info', 'leads with epoch 1'),
    logLine('warn', 'job <b> restarts:\n  boom', 3),
    logLine('debug', 'checkpoint 1'),
    'no line of a log',
    '',
  ].join('\n'),
};

const changes: string[] = [];

async function serveCluster(): Promise<Server> {
  const { html, policy } = await renderLivePage();
  const server = createServer((request, response) => {
    const { method, url = '' } = request;
    const tell = (status: number, body: unknown): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (url === '/')
      return void response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': policy }).end(html);
    if (!cluster.reachable) return tell(503, { errors: ['No leader has answered for 10000 ms.'] });
    if (method === 'GET') {
      if (!cluster.readsOpenly && request.headers.authorization !== `Bearer ${TOKEN}`)
        return tell(401, { errors: ['This needs the token of the cluster.'] });
      if (texts[url] !== undefined)
        return void response.writeHead(200, { 'content-type': 'text/plain' }).end(texts[url]);
      const answer =
        url === '/jobs/j1/savepoints/sp-1' && cluster.operation !== null ? () => cluster.operation : answers[url];
      return answer === undefined ? tell(404, { errors: [`Not found: ${url}`] }) : tell(200, answer());
    }
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      if (request.headers.authorization !== `Bearer ${TOKEN}`)
        return tell(401, { errors: ['This is not the token of the cluster.'] });
      changes.push(`${method} ${url} ${body}`);
      tell(202, { 'request-id': 'sp-1' });
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return server;
}

describe.skipIf(!hasChromium)(`the live page${whySkipped}`, { timeout: 60_000 }, () => {
  const complaints: string[] = [];
  let server: Server;
  let browser: Browser;
  let page: Page;
  let home: string;

  beforeAll(async () => {
    server = await serveCluster();
    home = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    browser = await launch();
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(20_000);
    page.on('console', (message) => {
      if (!message.text().startsWith('Failed to load resource')) complaints.push(message.text()); // answers that tests want
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(home)) complaints.push(`request ${request.url()}`);
    });
    await page.goto(home);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    server?.closeAllConnections();
    server?.close();
  });

  test('shows the cluster and its jobs, names as they are', async () => {
    await page.waitForSelector('table');
    expect(await page.locator('.figure').allTextContents()).toEqual([
      'TaskManagers2',
      'slots free1 of 4',
      'jobs running1',
      'jobs over0',
    ]);
    const row = page.locator('tbody tr').first();
    expect(await row.locator('td').allTextContents()).toEqual([
      'delays <b>',
      '▶RUNNING',
      '3 of 3',
      expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      '1 min 5 s',
      'j1',
    ]);
  });

  test('draws the graph of a job, and follows it', async () => {
    await page.click('text=delays <b>');
    await page.waitForSelector('svg.graph');
    expect(await page.locator('.vertex .name').allTextContents()).toEqual(['flights', 'by-day -> delays']);
    expect(await page.getAttribute('svg.graph', 'aria-label')).toBe(
      'graph of the job: flights, RUNNING, all 1 run; by-day -> delays, RUNNING, all 2 run',
    );
    Object.assign(cluster, {
      state: 'RESTARTING',
      running: 1,
      failures: ['tm-2 is lost: it answered no heartbeat for 3000 ms\n\tat toSeven (job.ts:3:9)'],
    });
    await page.waitForSelector('.state[data-state=RESTARTING]');
    expect(await page.textContent('.reason')).toBe('tm-2 is lost');
    expect(await page.locator('.vertex[data-state=FAILED] .detail').allTextContents()).toEqual([
      'FAILED',
      '1 of 2 run; 1 FAILED',
    ]);
    Object.assign(cluster, { state: 'RUNNING', running: 2 });
    await page.waitForSelector('.vertex[data-state=RUNNING] >> nth=1');
  });

  test('draws in the graph how the vertices do now, each colour with its text', async () => {
    cluster.isMeasured = true;
    await page.waitForSelector('.legend');
    expect(await page.locator('.vertex .figure').allTextContents()).toEqual([
      'out 12.3k/s',
      'busy 10 %, backpressured 90 %',
      'in 12.3k/s',
      'busy 75 %',
    ]);
    expect(await page.getAttribute('svg.graph', 'aria-label')).toContain(
      'by-day -> delays, RUNNING, all 2 run, in 12.3k/s, busy 75 %',
    );
    expect(await page.locator('.graph .rate').allTextContents()).toEqual(['12.3k/s']);
    expect(await page.getAttribute('.graph .edge', 'data-held')).toBe('yes'); // what feeds it is held back
    const widths = page.locator('.vertex >> nth=0 >> .share');
    expect(await widths.evaluateAll((all) => all.map((one) => Math.round(Number(one.getAttribute('width')))))).toEqual([
      21, 193, 0,
    ]);
    const rows = page.locator('section:has-text("Vertices now") tbody tr');
    expect(await rows.nth(0).locator('td').allTextContents()).toEqual([
      'flights',
      '0',
      '12.3k',
      '0 B, 40.0 KiB',
      '10 % (10 %)',
      '90 % (90 %)',
      '0, 4',
      expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d, \d min \d+ s ago$/),
      '–',
    ]);
    expect(
      (await rows.nth(1).locator('td').allTextContents()).filter((_, index) => [0, 3, 4, 7, 8].includes(index)),
    ).toEqual(['by-day -> delays (1 of 2 subtasks)', '–, 0 B', '75 % (100 %)', 'none yet', 'by-day 7']);
  });

  test('tells who was late in a checkpoint', async () => {
    await page.click('nav.tabs >> text=checkpoints');
    await page.waitForSelector('text=it expired');
    const notes = page.locator('section:has-text("Acknowledged") td:last-child');
    expect(await notes.allTextContents()).toEqual(['it expired', 'millrace:j1/sp-0', '']);
    await page.click('td a:text-is("1")');
    await page.waitForSelector('meter');
    const rows = page.locator('section:has(meter) tbody tr');
    expect(await rows.locator('td:first-child').allTextContents()).toEqual([
      'by-day -> delays (2)',
      'by-day -> delays (1)',
      'flights (1)',
    ]);
  });

  test('tells failures with task and place', async () => {
    await page.click('nav.tabs >> text=exceptions');
    await page.waitForSelector('.failures');
    expect(await page.locator('.failures li p').allInnerTexts()).toEqual([
      'tm-2 is lost: it answered no heartbeat for 3000 ms\n\tat toSeven (job.ts:3:9)', // each frame in a line of its own
      'by-day (2/2) on 127.0.0.1:7002',
    ]);
    const { height = 0 } = (await page.locator('.failures li p').first().boundingBox()) ?? {};
    expect(height).toBeGreaterThan(30);
  });

  test('asks before it changes anything, by keyboard too, and for the token where it has none', async () => {
    await page.focus('button:text-is("Savepoint")');
    await page.waitForTimeout(2_200); // it asks each second, and takes the focus from nobody
    expect(await page.evaluate('document.activeElement?.textContent')).toBe('Savepoint');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open]');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog[open]', { state: 'detached' });
    expect(changes).toEqual([]);

    await page.click('button:text-is("Savepoint")');
    await page.fill('[name=token]', 'wrong');
    await page.click('dialog button.primary');
    await page.waitForSelector('dialog [role=alert]:not(:empty)');
    expect(await page.textContent('dialog [role=alert]')).toBe('This is not the token of the cluster.');
    cluster.operation = going;
    await page.fill('[name=token]', TOKEN);
    await page.click('dialog button.primary');
    await page.waitForSelector('text=Savepoint sp-1 of delays <b> is being taken.');
    expect(changes).toEqual(['POST /jobs/j1/savepoints {}']);
  });

  test('follows a savepoint until it has its location, which stays, and can be copied', async () => {
    await page.waitForTimeout(1_500);
    expect(await page.locator('#told code').count()).toBe(0);
    cluster.operation = ended({ location: 'millrace:j1/sp-1' });
    await page.waitForSelector('#told code');
    await page.click('nav.tabs >> text=graph');
    await page.waitForSelector('svg.graph');
    expect(await page.locator('#told p').allTextContents()).toEqual([
      'Savepoint of delays <b>: millrace:j1/sp-1 Copy Close',
    ]);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.click('#told >> text=Copy');
    await page.waitForSelector('#told button:text-is("Copied")');
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('millrace:j1/sp-1');
    await page.click('#told >> text=Close');
    expect(await page.locator('#told p').count()).toBe(0);
  });

  test('tells why a savepoint failed; one that nobody knows any more is asked for again under its id', async () => {
    changes.length = 0;
    cluster.operation = ended({ 'failure-cause': { 'stack-trace': 'Job j1: checkpoint 9 expired.' } });
    await page.click('button:text-is("Savepoint")');
    await page.click('dialog button.primary');
    await page.waitForSelector('#told .reason');
    expect(await page.textContent('#told .reason')).toBe(
      'Savepoint sp-1 of delays <b> failed. Job j1: checkpoint 9 expired.',
    );
    await page.click('#told >> text=Close');
    cluster.operation = null;
    await page.click('button:text-is("Savepoint")');
    await page.click('dialog button.primary');
    await page.waitForSelector('#told .reason:has-text("Not found: /jobs/j1/savepoints/sp-1")');
    const again = 'POST /jobs/j1/savepoints {"triggerId":"sp-1"}';
    expect(changes).toEqual(['POST /jobs/j1/savepoints {}', 'POST /jobs/j1/savepoints {}', again, again, again]);
    await page.click('#told >> text=Close');
  });

  test('rescales what was changed, stops drained, cancels', async () => {
    changes.length = 0;
    cluster.parallelism = 3;
    await page.waitForSelector('.figure:has-text("tasks"):has-text("4")');
    await page.click('button:text-is("Rescale")');
    expect(await page.inputValue('[name=v1]')).toBe('3'); // as it is now, not as it was when the page was opened
    await page.fill('[name=v1]', '5');
    await page.click('dialog button.primary');
    await page.waitForSelector('text=The job is being rescaled.');
    cluster.operation = going;
    await page.click('button:text-is("Stop with savepoint")');
    await page.check('[name=drain]');
    await page.click('dialog button.primary');
    await page.waitForSelector('text=delays <b> stops with savepoint sp-1.');
    cluster.operation = ended({ location: 'millrace:j1/sp-1' });
    await page.waitForSelector('#told p:has-text("delays <b> is stopped, with savepoint millrace:j1/sp-1")');
    await page.click('#told >> text=Close');
    await page.click('button:text-is("Cancel")');
    await page.click('dialog button.primary');
    await page.waitForSelector('text=The job is being cancelled.');
    expect(changes).toEqual([
      'PATCH /jobs/j1/rescaling {"parallelism":{"by-day":5,"delays":5}}',
      'POST /jobs/j1/stop {"drain":true}',
      'PATCH /jobs/j1?mode=cancel {}',
    ]);
    cluster.state = 'CANCELED';
    await page.waitForSelector('.state[data-state=CANCELED]');
    await expect.poll(() => page.locator('#view .actions button').count()).toBe(0);
  });

  test('keeps what it showed last, and says so, while nobody answers', async () => {
    await page.click('header >> text=TaskManagers');
    await page.waitForSelector('code:text-is("tm-1 (127.0.0.1:7001)")');
    expect(await page.locator('tbody code').allTextContents()).toEqual(['tm-1 (127.0.0.1:7001)', '127.0.0.1:7002']);
    const cells = page.locator('tbody tr >> nth=0 >> td');
    expect((await cells.allTextContents()).slice(4, 7)).toEqual(['150.0 MiB', '0.71', '0.6 ms, 41 ms']);
    cluster.reachable = false;
    await page.waitForSelector('#trouble:not([hidden])');
    expect(await page.textContent('#trouble-text')).toBe('No leader has answered for 10000 ms.');
    expect(await page.locator('code:text-is("tm-1 (127.0.0.1:7001)")').count()).toBe(1);
    cluster.reachable = true;
    await page.waitForSelector('#trouble[hidden]', { state: 'attached' });
  });

  test('says alone that a job is not there, and that a part of one is not', async () => {
    await page.click('header >> text=TaskManagers');
    await page.waitForSelector('code:text-is("tm-1 (127.0.0.1:7001)")');
    await page.goto(`${home}#/jobs/nope`);
    await page.waitForSelector('#trouble:not([hidden])');
    expect(await page.innerText('main')).toBe('Not found: /jobs/nope');
    await page.goto(`${home}#/jobs/j2/checkpoints`); // no answers of its checkpoints
    await page.waitForSelector('section:has-text("Not found: /jobs/j2/checkpoints")');
    expect(await page.locator('h1').textContent()).toBe('delays <b>');
    expect(await page.locator('#trouble').isHidden()).toBe(true);
    await page.click('header >> text=Jobs');
    await page.waitForSelector('td');
    cluster.reachable = false;
    await page.click('header >> text=TaskManagers');
    await page.waitForSelector('#trouble:not([hidden])');
    expect(await page.innerText('main')).toBe('No leader has answered for 10000 ms.'); // nothing of the place before
    cluster.reachable = true;
    await page.waitForSelector('code:text-is("tm-1 (127.0.0.1:7001)")');
  });

  test('shows the last lines of a log, the newest first, from a level on, by keyboard too', async () => {
    await page.click('header >> text=Logs');
    await page.waitForSelector('ol.log');
    expect(await page.locator('ol.log .text').allTextContents()).toEqual([
      'no line of a log',
      'job <b> restarts:\n  boom (and 3 more like it before)',
      'leads with epoch 1',
    ]);
    expect(await page.locator('ol.log li >> nth=1').innerText()).toMatch(/WARN/);
    await page.focus('nav.choice >> text=warn');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('ol.log .text').count()).toBe(2);
    await page.focus('ol.log'); // it can be scrolled with the keys
    texts['/jobmanager/log?lines=500'] += `${logLine('error', 'it halted')}\n`;
    await page.waitForSelector('ol.log li[data-level=error]');
    expect(await page.locator('ol.log .text').first().textContent()).toBe('it halted');
    expect(await page.evaluate('document.activeElement?.className')).toBe('log');
    await page.click('nav.choice >> text=tm-1 (127.0.0.1:7001)');
    await page.waitForSelector('text=Not found: /taskmanagers/127.0.0.1%3A7001/log?lines=500');
    expect(await page.textContent('h1')).toBe('Log of tm-1 (127.0.0.1:7001)');
    expect(await page.getAttribute('header a[href="#/logs"]', 'aria-current')).toBe('page');
  });

  test('takes a token out of the address', async () => {
    await page.goto(`${home}#token=${TOKEN}`);
    await page.reload();
    expect(page.url()).toBe(`${home}#/`);
  });

  test('asks for the token where reading needs it', async () => {
    cluster.readsOpenly = false;
    await page.evaluate('sessionStorage.clear()');
    await page.waitForSelector('#token-form:not([hidden])');
    await page.fill('#token', TOKEN);
    await page.click('text=Use it');
    await page.waitForSelector('#trouble[hidden]', { state: 'attached' });
    cluster.readsOpenly = true;
  });

  test('is dark where the system is, or somebody wants it', async () => {
    const background = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await background();
    await page.click('#theme');
    expect(await background()).not.toBe(light);
  });

  test('loads nothing from elsewhere, and complains of nothing', () => {
    expect(complaints).toEqual([]);
  });
});
