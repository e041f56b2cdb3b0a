// A delivery by a process of its own, for who must not run code of users. A process that does not end is ended, and the delivery is tried again.
import { execFile } from 'node:child_process';
import { DELIVERY_MS_MAX, type Delivery } from './delivery.ts';

/** @param program the file of `deliver-child` */
export function deliverApart(program: string, delivery: Delivery): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { timeout: DELIVERY_MS_MAX, killSignal: 'SIGKILL' } as const;
    execFile(process.execPath, [program, JSON.stringify(delivery)], options, (error, _, complaint) => {
      if (error === null) return resolve();
      const said = complaint.trim().split('\n').at(-1) ?? '';
      const how = error.killed === true ? `it did not end within ${DELIVERY_MS_MAX} ms` : said;
      reject(new Error(`the delivery to ${delivery.sink} failed: ${how === '' ? error.message : how}`));
    });
  });
}
