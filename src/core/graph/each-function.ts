// All functions of an operator, wrapped one by one. A function of `OperatorFunctions` without a wrapper does not compile.
import type { CodeSettings, OperatorFunctions } from './functions.ts';

type Named = Exclude<keyof OperatorFunctions, keyof CodeSettings>;
type FunctionOf<F extends Named> = NonNullable<OperatorFunctions[F]>;

export type EachFunction = { readonly [F in Named]-?: (call: FunctionOf<F>) => FunctionOf<F> };

/** What is said of the functions beside them. */
export function settingsOf({ rows, state }: OperatorFunctions): CodeSettings {
  return { ...(rows && { rows }), ...(state && { state }) };
}

/** The functions that are there, wrapped in the order of the wrappers, and what is said of them. */
export function wrapFunctions(functions: OperatorFunctions, each: EachFunction): OperatorFunctions {
  const wrapped: [string, unknown][] = [];
  for (const [name, wrap] of Object.entries(each)) {
    const call: unknown = functions[name as Named];
    if (call !== undefined) wrapped.push([name, (wrap as (call: unknown) => unknown)(call)]);
  }
  return { ...Object.fromEntries(wrapped), ...settingsOf(functions) };
}
