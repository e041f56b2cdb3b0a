// Lines of a trace, written and read: an observation with its place, as one line of JSON with exactly the fields that it has in memory
// (data-json.ts). What travels stands in a trace once: a message that arrives, or a request that is applied, is the one that left before, so
// it is written as `{"$seen":n}`, the n-th thing that travelled. Processes of a real run share nothing, so their lines hold it again.
import { isObject } from '../core/base/state-kinds.ts';
import { dataFromJson, dataToJson, type JsonOptions } from './data-json.ts';
import type { Observation } from './observation.ts';
import type { TraceLine } from './trace.ts';

/** Writes lines of one trace, in their order. */
export class LineWriter {
  readonly #numbers = new WeakMap<object, number>();
  readonly #options: JsonOptions;
  #travelled = 0;

  /** @param charactersMax longer texts are cut; default: none is */
  constructor(charactersMax = Number.POSITIVE_INFINITY) {
    this.#options = { numberOf: (object) => this.#numbers.get(object), charactersMax };
  }

  write(place: Pick<TraceLine, 'at' | 'event'>, observation: Observation): string {
    const line = dataToJson({ ...place, ...observation }, this.#options);
    for (const one of travellersOf(observation)) this.#note(one);
    return line;
  }

  #note(one: object): void {
    if (!this.#numbers.has(one)) this.#numbers.set(one, this.#travelled);
    this.#travelled += 1;
  }
}

/** Reads what a `LineWriter` wrote, in the same order. */
export class LineReader {
  readonly #travelled: object[] = [];

  /** @returns data; whether it is a line is for others to check. Throws a SyntaxError where it is no JSON, or names what did not travel. */
  read(text: string): unknown {
    const line = dataFromJson(text, (number) => this.#find(number));
    if (isObject(line)) this.#travelled.push(...travellersOf(line));
    return line;
  }

  #find(number: unknown): object {
    const found = this.#travelled[number as number];
    if (found === undefined)
      throw new SyntaxError(`it names ${String(number)}, and nothing of that number travelled before`);
    return found;
  }
}

/** What leaves a node, or comes to it, in the order in which both sides number it. */
function travellersOf(seen: object): object[] {
  const { input, effects, request, answer, message }: Loose = seen;
  return [
    ...(isObject(input) ? [input.message, input.answer] : []),
    ...(Array.isArray(effects) ? effects.map(travellerOf) : []),
    request,
    answer,
    message,
  ].filter(isObject);
}

interface Loose {
  readonly input?: { readonly message?: unknown; readonly answer?: unknown };
  readonly effects?: readonly unknown[];
  readonly request?: unknown;
  readonly answer?: unknown;
  readonly message?: unknown;
}

/** A message travels as a whole, of a request what is asked. */
function travellerOf(effect: unknown): unknown {
  const { effect: kind, request } = (effect ?? {}) as { readonly effect?: unknown; readonly request?: unknown };
  if (kind === 'send') return effect;
  return kind === 'request' ? request : null;
}
