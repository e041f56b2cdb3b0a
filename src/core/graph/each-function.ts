// All functions of an operator, wrapped one by one. A function of `OperatorFunctions` without a wrapper does not compile.
import type { OperatorFunctions } from './functions.ts';

type Named = keyof OperatorFunctions;
type FunctionOf<F extends Named> = NonNullable<OperatorFunctions[F]>;

export type EachFunction = { readonly [F in Named]-?: (call: FunctionOf<F>) => FunctionOf<F> };

/** The functions that are there, wrapped in the order of the wrappers. */
export function wrapFunctions(functions: OperatorFunctions, each: EachFunction): OperatorFunctions {
  const wrapped: [string, unknown][] = [];
  for (const [name, wrap] of Object.entries(each)) {
    const call: unknown = functions[name as Named];
    if (call !== undefined) wrapped.push([name, (wrap as (call: unknown) => unknown)(call)]);
  }
  return Object.fromEntries(wrapped);
}
