// The head of the report: the verdict, why, what had to happen, and what was counted. Plain markup: it is there without any script.
import { formatDuration, formatTime } from '../model/times.ts';
import type { StoryLine } from '../../src/run/trace.ts';
import type { Evidence, Fault, RunModel } from '../model/model.ts';
import { escapeHtml } from './escape.ts';

export function headMarkup(model: RunModel): string {
  return `<header><span><b>Millrace</b> run report</span><button id="theme" type="button">Dark</button></header>
<main>
${verdict(model)}
<div class="cards">
<div>${[whyCard(model), storyCard(model)].join('')}</div>
<div>${[oraclesCard(model), factsCard(model)].join('')}</div>
</div>
${omission(model)}`;
}

function verdict({ header, ending, endAt }: RunModel): string {
  const { scenario, seed, about, world, commit } = header;
  const kind = ending === null ? 'unknown' : ending.verdict === 'pass' ? 'pass' : 'fail';
  const badge = ending === null ? 'NO VERDICT' : kind === 'pass' ? 'PASS' : 'FAIL';
  const sentence = ending === null ? 'the trace ends without a verdict' : ending.sentence;
  const where = [
    `<b>${escapeHtml(scenario)}</b>`,
    ...(seed === null ? [] : [`seed <b>${seed}</b>`]),
    world === 'real' ? `${formatDuration(endAt)} with real processes` : `${formatDuration(endAt)} simulated`,
    `commit ${escapeHtml(commit)}`,
  ];
  return `<section class="verdict ${kind}" aria-label="verdict">
<span class="badge" id="verdict">${badge}</span><h1 id="sentence">${escapeHtml(sentence)}</h1>
<p class="about">${where.join(' · ')}<br>${escapeHtml(about)}</p>
</section>`;
}

function card(title: string, content: string, id: string): string {
  return `<section class="card" aria-labelledby="${id}-title" id="${id}"><h2 id="${id}-title">${escapeHtml(title)}</h2>${content}</section>`;
}

function whyCard({ violations }: RunModel): string {
  if (violations.length === 0) return '';
  const lines = violations.flatMap(({ oracle, evidence }, index) => {
    const [first, ...others] = evidence;
    const head = first === undefined ? [] : [evidenceLine({ ...first, text: `${oracle}: ${first.text}` }, index, 0)];
    return [...head, ...others.map((line, at) => evidenceLine(line, index, at + 1))];
  });
  return card('Why it failed: the evidence', `<ul class="evidence">${lines.join('')}</ul>`, 'why');
}

function evidenceLine({ text, at }: Evidence, violation: number, index: number): string {
  const data = `data-at="${at}" data-violation="${violation}" data-evidence="${index}"`;
  return `<li><button type="button" ${data}>${escapeHtml(text)}</button></li>`;
}

/** Of a shrunk failure what had to happen, of another what happened, else the faults that fired. */
function storyCard({ ending, faults, violations }: RunModel): string {
  const story = ending?.story ?? null;
  if (story === null) {
    const lines = faults.map((fault, index) => faultLine(fault, index, false));
    const content =
      lines.length === 0 ? '<p class="muted">No fault fired.</p>' : `<ol class="story">${lines.join('')}</ol>`;
    return card(`Faults that fired: ${faults.length}`, content, 'story');
  }
  const marked = story.shrunk ? 'had to happen' : 'was decided';
  const lines = story.lines.map((line) => {
    const index = faults.findIndex((fault) => isAbout(line, fault));
    return index >= 0 ? faultLine(faults[index] as Fault, index, true) : storyLine(line, marked, violations);
  });
  const note = `${escapeHtml(capitalized(story.title))}. What is marked ${marked}; the rest followed from it.`;
  return card(
    story.shrunk ? 'What had to happen' : 'What happened',
    `<p class="muted">${note}</p><ol class="story">${lines.join('')}</ol>`,
    'story',
  );
}

function isAbout({ at, about }: StoryLine, fault: Fault): boolean {
  return (
    about !== null && about !== 'failure' && at === fault.at && fault.decision === `${about.stream} ${about.index}`
  );
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function faultLine({ at, fault, text }: Fault, index: number, decided: boolean): string {
  const what = `<span>${escapeHtml(text)} <span class="muted">(${escapeHtml(fault)})</span></span>`;
  return `<li${decided ? ' class="decided"' : ''}><button type="button" data-at="${at}" data-fault="${index}"><span class="number">${index + 1}</span><time>${formatTime(at)}</time>${what}</button></li>`;
}

/** The flag of a violation has the sign that it has in the diagram; what was decided without being a fault has none there. */
function storyLine(
  { at, text, decided, about }: StoryLine,
  marked: string,
  violations: RunModel['violations'],
): string {
  const time = at === null ? '<span></span>' : `<time>${formatTime(at)}</time>`;
  const violation = about === 'failure' ? violations.findIndex((one) => one.at === at) : -1;
  const mark = decided
    ? `<span class="number decision" title="this ${marked}">›</span>`
    : violation >= 0
      ? '<span class="number" title="this is what failed">!</span>'
      : '<span></span>';
  const content = `${mark}${time}<span>${escapeHtml(text)}</span>`;
  const name = decided ? ' class="decided"' : '';
  return at === null
    ? `<li${name}><div class="plain">${content}</div></li>`
    : `<li${name}><button type="button" data-at="${at}"${violation < 0 ? '' : ` data-violation="${violation}"`}>${content}</button></li>`;
}

/** A run ends with the first violation: of the others it is only known that they had nothing to object until then. */
function oraclesCard({ ending }: RunModel): string {
  if (ending === null || Object.keys(ending.oracles).length === 0) return '';
  const passed = ending.verdict === 'pass';
  const chips = Object.entries(ending.oracles).map(([name, opinion]) => {
    const objects = opinion !== 'pass';
    const className = objects ? 'objects' : passed ? 'holds' : 'waits';
    const sign = objects ? '✗' : passed ? '✓' : '–';
    return `<li class="${className}" title="${escapeHtml(objects ? opinion : passed ? 'holds' : 'nothing to object until then')}">${sign} ${escapeHtml(name)}</li>`;
  });
  const note = passed
    ? ''
    : '<p class="muted">✗ objects · – had nothing to object until the run ended with the failure</p>';
  return card('Oracles', `<ul class="oracles">${chips.join('')}</ul>${note}`, 'oracles');
}

function factsCard({ ending }: RunModel): string {
  if (ending === null) return '';
  const facts =
    ending.facts.length === 0 ? '' : card('The run', `<dl class="facts">${rows(ending.facts)}</dl>`, 'facts');
  if (ending.commands.length === 0) return facts;
  return facts + card('Once more', `<dl class="facts commands">${rows(ending.commands)}</dl>`, 'commands');
}

function omission({ omission }: RunModel): string {
  if (omission === null) return '';
  const { steps, messages, calls, kept } = omission;
  const windows = kept.map(({ from, to }) => `${(from / 1e6).toFixed(2)}–${(to / 1e6).toFixed(2)} s`);
  const shown =
    windows.length > 6 ? `${windows.slice(0, 6).join(', ')} and ${windows.length - 6} more` : windows.join(', ');
  return `<p class="omitted" id="omitted">This page leaves out ${steps} steps, ${messages} messages and ${calls} requests of the data plane and of heartbeats, so that it stays small: they are shown within ${shown}. The trace has them all.</p>`;
}

function rows(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([label, text]) => `<dt>${escapeHtml(label)}</dt><dd>${escapeHtml(text)}</dd>`).join('');
}
