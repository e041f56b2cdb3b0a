// Where a process tells its metrics: `GET /metrics`, as Prometheus reads them. It tells nothing else, and changes nothing.
import { createServer, type RequestListener } from 'node:http';
import { formatEndpoint, parseEndpoint } from '../endpoint.ts';
import { whyNotThere } from '../port-owner.ts';
import type { Exposition } from './exposition.ts';

export interface MetricsServer {
  /** `http://127.0.0.1:9249/metrics`. */
  readonly url: string;
  close(): Promise<void>;
}

/** @param where `host:port`; port 0 takes any. Rejects with a sentence if it cannot listen there. */
export async function serveMetrics(where: string, told: Exposition): Promise<MetricsServer> {
  const endpoint = parseEndpoint(where);
  if (!endpoint.ok) throw new Error(endpoint.reason);
  const server = createServer(answer(told));
  await new Promise<void>((resolve, reject) => {
    const { port } = endpoint.value;
    server.once('error', (error) => reject(new Error(`cannot tell metrics on ${where}: ${whyNotThere(error, port)}`)));
    server.listen(endpoint.value, resolve);
  });
  server.unref(); // a process does not live for its metrics
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error(`cannot tell metrics on ${where}`);
  return {
    url: `http://${formatEndpoint({ host: bound.address, port: bound.port })}/metrics`,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

function answer(told: Exposition): RequestListener {
  return (request, response) => {
    const refuse = (status: number, text: string): void =>
      void response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`);
    if (request.method !== 'GET')
      return refuse(405, `${request.method} changes nothing here: GET /metrics tells the metrics`);
    if (request.url?.split('?')[0] !== '/metrics')
      return refuse(404, `nothing is at ${request.url}: the metrics are at /metrics`);
    told.text().then(
      (text) => void response.writeHead(200, { 'content-type': told.contentType }).end(text),
      (error: unknown) => refuse(500, error instanceof Error ? error.message : String(error)),
    );
  };
}
