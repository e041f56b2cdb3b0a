import { expect, test } from 'vitest';
import { conditionOfLog } from '../../src/net-real/ha-directory-service.ts';

test('a log of the HA service that has become long is warned of, with what to do', () => {
  expect(conditionOfLog(249_999)).toEqual({ status: 'ok', says: 'all 249999 entries can be read', advice: null });
  const long = conditionOfLog(250_000);
  expect(long.status).toBe('warn');
  expect(long.says).toContain('all 250000 entries can be read; this log is never shortened');
  expect(long.advice).toContain('etcd');
});
