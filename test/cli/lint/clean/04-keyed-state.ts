// Keeps what it knows in keyed state, and replaces it.
import { defineJob, type ProcessContext } from 'millrace';

type Payment = { readonly account: string; readonly cents: number };
type Account = { readonly balance: number; readonly last: readonly number[] };

const EMPTY: Account = { balance: 0, last: [] };

function withPayment(account: Account, cents: number): Account {
  const last = account.last.slice(-4);
  last.push(cents);
  return { ...account, balance: account.balance + cents, last };
}

function onRecord({ cents }: Payment, context: ProcessContext<string, Account>): void {
  const state = context.state<Account>('account');
  const account = withPayment(state.value() ?? EMPTY, cents);
  state.update(account);
  context.collect(account);
}

export const job = defineJob('accounts', (env) =>
  env
    .fromSource<Payment>('payments', { topic: 'payments', splits: 2 })
    .keyBy(({ account }) => account)
    .process<Account>('balance', { onRecord })
    .sinkTo('balances', { sink: 'balances' }),
);
