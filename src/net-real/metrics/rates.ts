// How fast figures rise: from what was kept of them each second.

/** Of so many ms at the least, once there is as much. */
export const RATE_MS = 5_000;
/** Less is no time to tell a rate of. */
const RATE_MS_MIN = 200;

export type Figures<N extends string> = Readonly<Record<N, number>>;

export class RateWindow<N extends string> {
  readonly #kept: { readonly at: number; readonly figures: Figures<N> }[] = [];

  /** @param at on any monotonic clock, in ms */
  keep(at: number, figures: Figures<N>): void {
    this.#kept.push({ at, figures });
    while (this.#kept.length > 1 && this.#kept[1]!.at <= at - RATE_MS) this.#kept.shift(); // a handful
  }

  /** By how much they rose, and in which time; 0 where too little is known. */
  risen(at: number, figures: Figures<N>): { readonly ms: number; readonly by: Figures<N> } {
    const [oldest] = this.#kept;
    const ms = oldest === undefined ? 0 : at - oldest.at;
    if (oldest === undefined || ms < RATE_MS_MIN) return { ms: 0, by: mapFigures(figures, () => 0) };
    return { ms, by: mapFigures(figures, (value, name) => value - oldest.figures[name]) };
  }

  perSecond(at: number, figures: Figures<N>): Figures<N> {
    const { ms, by } = this.risen(at, figures);
    return mapFigures(by, (value) => (ms === 0 ? 0 : (value * 1_000) / ms));
  }
}

function mapFigures<N extends string>(figures: Figures<N>, change: (value: number, name: N) => number): Figures<N> {
  const changed: Record<N, number> = { ...figures };
  for (const name of Object.keys(figures) as N[]) changed[name] = change(figures[name], name);
  return changed;
}
