// What a script prints: lines as they come, under the time when it passes, without what the reader does not want to see.

/** Hidden until a script asks for it. */
const HIDDEN = [
  'requests',
  'executions',
  'tasks',
  'deletions',
  'heartbeat',
  'heartbeat-answer',
  'request-partition',
  'partition-unavailable',
  'channel-elements',
  'channel-status',
  'channel-credit',
];

/** Traces that only repeat what messages or states show. */
const TRACE_TOPICS: readonly (readonly [RegExp, string])[] = [
  [/^\S+ \d+\/\d+#\d+ [A-Z]+ -> [A-Z]+$/, 'executions'],
  [/^task \d+\/\d+#\d+ is [A-Z]+/, 'tasks'],
  [/^deleted /, 'deletions'],
  [/^ignored partition-unavailable /, 'partition-unavailable'],
];

export class Transcript {
  readonly #hidden = new Set<string>(HIDDEN);
  #lines: string[] = [];
  #shownAt = 0;
  isQuiet = false;

  show(topic: string): void {
    this.#hidden.delete(topic);
  }

  hide(topic: string): void {
    this.#hidden.add(topic);
  }

  /** A line about a topic that may be hidden. */
  about(now: number, topic: string, text: string): void {
    if (!this.#hidden.has(topic)) this.line(now, text);
  }

  trace(now: number, node: string, text: string): void {
    const topic = TRACE_TOPICS.find(([pattern]) => pattern.test(text))?.[1] ?? '';
    this.about(now, topic, `${node}: ${text}`);
  }

  line(now: number, text: string): void {
    if (this.isQuiet) return;
    if (now !== this.#shownAt) this.#lines.push(`at ${now} ms:`);
    this.#shownAt = now;
    this.#lines.push(text);
  }

  /** A command begins: the reader knows the time from what was said before. */
  begin(now: number): void {
    this.#lines = [];
    this.#shownAt = now;
  }

  take(): readonly string[] {
    return this.#lines;
  }
}
