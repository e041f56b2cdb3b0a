// One delivery in a process of its own: a JobManager runs no code of users. What goes wrong is its last line on standard error.
import { describeError } from '../port-answers.ts';
import { deliver, type Delivery } from './delivery.ts';

try {
  await deliver(JSON.parse(process.argv[2] ?? '') as Delivery);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${describeError(error).replaceAll('\n', ' ')}\n`);
  process.exit(1);
}
