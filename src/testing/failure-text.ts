// What a test says of a run that failed: the sentence, what had to happen, and the line that replays it.
import { count } from '../core/base/amounts.ts';
import type { Guest } from '../sim/guest.ts';
import type { StoryEvent } from '../sim/story.ts';
import { tellEvents } from '../sim/tell-story.ts';
import { runScenario } from './run-scenario.ts';
import type { MadeRun, RunChoice, RunOptions } from './run-scenario.ts';

/** Tells a run that failed; it is made once more for that. */
export function failureText(guest: Guest, choice: RunChoice, options: RunOptions, run: MadeRun): string {
  const { result, entries } = run;
  return [
    `${guest.name} fails: ${result.sentence}`,
    ...evidenceOf(run).map((line) => `      ${line}`),
    `${count(entries.length, 'decision')}${describeInput(run)}; what was decided is marked with >`,
    ...storyOf(guest, choice, options, run),
    `replay  ${replayLine(choice, options)}`,
  ].join('\n');
}

/** The run failed, and the same decisions lead to another one: nothing can be shrunk or told. */
export function unrepeatableText(guest: Guest, first: MadeRun, again: MadeRun): string {
  const hashes = `trace hash ${first.result.traceHash} at first, ${again.result.traceHash} when it was made again`;
  return `${guest.name} is NOT REPEATABLE: ${hashes}. Something other than the seed has a say in it, such as a variable outside of a state, Math.random or a clock. At first: ${first.result.sentence}`;
}

/** The story as lines, up to the failure. */
export function storyOf(guest: Guest, choice: RunChoice, options: RunOptions, { result, entries }: MadeRun): string[] {
  const events: StoryEvent[] = [];
  const tape = { ...choice, tape: entries };
  runScenario(guest, tape, options, { onStory: (event) => events.push(event) });
  const endUs = result.violations[0]?.at ?? result.simulatedMs * 1_000;
  const lines = tellEvents(events.filter(({ atUs }) => atUs <= endUs));
  return [...lines, { at: endUs, text: result.sentence, decided: false, about: null }].map(({ at, text, decided }) => {
    const time = at === null ? ' '.repeat(11) : `${(at / 1_000_000).toFixed(3).padStart(9)} s`;
    return ` ${decided ? '>' : ' '} ${time}  ${text}`;
  });
}

function evidenceOf({ result }: MadeRun): readonly string[] {
  return result.violations[0]?.evidence.map(({ text }) => text) ?? result.thrownAt;
}

function describeInput({ result }: MadeRun): string {
  const records = Object.entries(result.inputLengths ?? {}).map(([name, length]) => `${length} of ${name}`);
  return records.length === 0 ? '' : `, with records: ${records.join(', ')}`;
}

/** One line of code that makes the run again. */
function replayLine({ seed, tape, inputLimits = {}, input }: RunChoice, options: RunOptions): string {
  const { faults, exactFaults, set } = options;
  const fields = {
    seed,
    ...(tape === null || tape === undefined ? {} : { tape }),
    ...(Object.keys(inputLimits).length === 0 ? {} : { inputLimits }),
    ...(input === null || input === undefined ? {} : { input }),
    ...(faults === undefined ? {} : { faults }),
    ...(exactFaults === undefined ? {} : { exactFaults }),
    ...(set === undefined ? {} : { set }),
  };
  return `simulate(scenario, ${JSON.stringify(fields)})`;
}
