// One file that holds everything, loads nothing, and shows whatever a trace says as text.
import { beforeAll, describe, expect, test } from 'vitest';
import { escapeHtml, escapeScript, escapeStyle } from '../../../reports/html/escape.ts';
import { renderReport, REPORT_BYTES_MAX } from '../../../reports/html/report.ts';
import { plainViolation } from '../../../src/run/trace.ts';
import type { StoryLine, TraceLine } from '../../../src/run/trace.ts';
import { ending, machines, message, step, traceOf, wake } from '../traces.ts';

const hostile = `</script><script>alert(1)</script><!-- & "it's"`;

describe('a report', () => {
  let html = '';
  beforeAll(async () => {
    const violation = plainViolation('O-exact', hostile, [hostile], 30);
    const story = { title: hostile, shrunk: true, lines: [{ at: 10, text: hostile, decided: true, about: null }] };
    html = await renderReport(
      traceOf(
        [step('a', 5, wake, message('a', 'b', hostile))],
        {
          ...ending,
          verdict: 'correctness',
          sentence: hostile,
          violations: [violation],
          oracles: { 'O-exact': hostile },
          story,
        },
        machines,
      ),
    );
  });

  test('loads nothing and refers to nothing outside', () => {
    const markup = html.replaceAll(/<(script|style)[^]*?<\/\1>/g, '');
    expect(markup).toContain("default-src 'none'; script-src 'sha256-");
    expect(markup).not.toMatch(/\b(src|href|action|srcset|poster|data)\s*=/);
    expect(html.match(/<style>[^]*?<\/style>/)?.[0]).not.toMatch(/@import|url\(/);
    expect(html).not.toMatch(/https?:\/\/(?!www\.w3\.org\/)/); // names of namespaces are no addresses
    expect(Buffer.byteLength(html)).toBeLessThan(REPORT_BYTES_MAX);
  });

  test('shows what the trace says as text, and says the verdict without any script', () => {
    const markup = html.replaceAll(/<(script|style)[^]*?<\/\1>/g, '');
    expect(html.match(/<script\b/g)?.length).toBe(2);
    expect(markup).not.toContain('alert(1)</script>');
    expect(markup).toContain('<span class="badge" id="verdict">FAIL</span>');
    expect(markup).toContain(`<h1 id="sentence">${escapeHtml(hostile)}</h1>`);
    expect(markup).toContain('What had to happen');
    expect(markup.split(escapeHtml(hostile)).length - 1).toBeGreaterThanOrEqual(5);
  });
});

test.each([
  [true, 'What had to happen', 'What is marked had to happen'],
  [false, 'What happened', 'What is marked was decided'],
])('a story that is shrunk: %j, is told as what it is', async (shrunk, heading, note) => {
  const story = { title: 'the tape', shrunk, lines: [{ at: 10, text: 'tm-1 died', decided: true, about: null }] };
  const html = await renderReport(traceOf([step('a', 5, wake)], { ...ending, story }));
  expect(html).toContain(`>${heading}</h`);
  expect(html).toContain(`The tape. ${note}; the rest followed from it.`);
});

test('a story marks what was decided, and what failed as the diagram does', async () => {
  const lines: readonly StoryLine[] = [
    { at: 5, text: 'a message took longer', decided: true, about: null },
    { at: 10, text: 'whatever it is called', decided: true, about: { stream: 'crash/a/x', index: 2 } },
    { at: 20, text: 'O-x: it is wrong', decided: false, about: 'failure' },
  ];
  const violations = [plainViolation('O-x', 'it is wrong', [], 20)];
  const decision = { stream: 'crash/a/x', index: 2 };
  const fault: TraceLine = {
    kind: 'fault',
    at: 10,
    event: 10,
    fault: 'crash',
    target: 'a',
    text: 'a died',
    hit: true,
    decision,
  };
  const story = { title: 'the tape', shrunk: true, lines };
  const html = await renderReport(traceOf([step('a', 5, wake), fault], { ...ending, violations, story }));
  expect(html).toMatch(/data-fault="0">.*a died <span class="muted">\(crash\)</);
  expect(html).toMatch(/>›<\/span><time>[^<]*<\/time><span>a message took longer/);
  expect(html).toMatch(
    /data-violation="0"><span class="number"[^>]*>!<\/span><time>[^<]*<\/time><span>O-x: it is wrong/,
  );
});

test('a trace without a verdict says so', async () => {
  expect(await renderReport(traceOf([step('a', 5, wake)], null))).toContain('the trace ends without a verdict');
});

test.each([
  [escapeHtml, `<a b="c" d='e'>&`, '&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;'],
  [
    escapeScript,
    '"</script>" + "<!--" + "<SCRIPT" + (a < b)',
    String.raw`"\x3C/script>" + "\x3C!--" + "\x3CSCRIPT" + (a < b)`,
  ],
  [escapeStyle, 'a{content:"</style>"}', String.raw`a{content:"<\/style>"}`],
])('%o', (escape, text, escaped) => {
  expect(escape(text)).toBe(escaped);
});
