// The one generator of seedrandom that we use, by path, so that a bundle for browsers takes nothing else of that package.
declare module 'seedrandom/lib/tychei.js' {
  export interface TycheiState {
    readonly a: number;
    readonly b: number;
    readonly c: number;
    readonly d: number;
  }

  /** Uniform in [0, 1), in steps of 2^-32. */
  export interface Tychei {
    (): number;
    state(): TycheiState;
  }

  const tychei: (seed: number, options: { readonly state: true | TycheiState }) => Tychei;
  // oxlint-disable-next-line import/no-default-export -- it is a CommonJS module
  export default tychei;
}
