// A record that a function is lent as a view of its own: it can be read during the call, and fails with a sentence behind it, where the one view of a
// deployment would show another record. What a function gives, collects or stores of it is copied before the call is over.
import type { Value } from '../../core/base/value.ts';
import { valueOfViews } from '../../core/columns/row-view.ts';
import { defineField, isRowView, viewConstructor } from '../../core/columns/view-object.ts';
import { UserCodeError } from '../../core/operators/user-code-error.ts';
import { mistakeAt, showGiven, type Site } from './user-code.ts';

interface Loan {
  readonly site: Site;
  /** The record, as an object. */
  readonly given: Value;
  isOver: boolean;
}

export interface Lent {
  /** What the function is given. */
  readonly value: Value;
  /** The call is over. */
  readonly end: () => void;
}

/** As an object: core gives one view for all records of a batch. */
export function asObject<G extends Value>(given: G): G {
  return isRowView(given) ? (valueOfViews(given) as G) : given;
}

/** Null: the function is given the record itself. @param given an object, if it has fields */
export function lend(site: Site, given: Value): Lent | null {
  if (!site.seesViews || !hasFields(given)) return null;
  const loan: Loan = { site, given, isOver: false };
  return {
    value: viewFor(loan, given),
    end: () => {
      loan.isOver = true;
    },
  };
}

/** What a function gave, collected or stored, with copies of views. What is no data is refused elsewhere. */
export function kept<T>(site: Site, value: T): T {
  return site.seesViews || site.plan !== null ? ((valueOfViews(value) as T | undefined) ?? value) : value;
}

function hasFields(value: Value): value is { readonly [name: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function viewFor(loan: Loan, fields: { readonly [name: string]: Value }): Value {
  const View = viewConstructor((view) => {
    for (const [name, value] of Object.entries(fields)) {
      const shown = hasFields(value) ? viewFor(loan, value) : value;
      defineField(view, name, () => {
        if (loan.isOver) throw usedLate(loan);
        return shown;
      });
    }
  });
  return new View() as Value;
}

/** Noted at once, as user code may catch it. */
function usedLate({ site, given }: Loan): UserCodeError {
  const error = new UserCodeError(
    site.operator,
    'used a record after the call that it was given to: "rows" is "views", so another record is shown by then',
    site.name,
  );
  error.given = showGiven(site, given);
  return mistakeAt(site, error, []);
}
