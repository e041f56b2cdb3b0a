// Why a job is not restarted, and its text.
export type RestartRefusal =
  | { readonly kind: 'not-recoverable' }
  | { readonly kind: 'no-restarts' }
  | { readonly kind: 'restarts-used-up'; readonly restarts: number }
  | { readonly kind: 'failure-rate-exceeded'; readonly failures: number; readonly intervalMs: number }
  | { readonly kind: 'own-failures-in-a-row'; readonly failures: number };

/** As `describeReason`. */
export function describeRestartRefusal(reason: RestartRefusal): string {
  switch (reason.kind) {
    case 'not-recoverable':
      return 'the next attempt would meet it again';
    case 'no-restarts':
      return 'the restart strategy is none';
    case 'restarts-used-up':
      return `all ${reason.restarts} restarts of its strategy were used`;
    case 'failure-rate-exceeded':
      return `${reason.failures} failures within ${reason.intervalMs} ms`;
    case 'own-failures-in-a-row':
      return `the job's own code or state failed ${reason.failures} times without a completed checkpoint between`;
  }
}
