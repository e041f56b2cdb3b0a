// HTTP: the table of routes on a port. All that it adds to a route is what is the same for each: who may ask, the limits of a body, JSON, and errors in Flink's
// form, `{ "errors": ["one sentence"] }`.
import { serve, type ServerType } from '@hono/node-server';
import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { formatEndpoint, type Endpoint } from '../net-real/endpoint.ts';
import { whyNotThere } from '../net-real/port-owner.ts';
import type { Gateway } from './gateway.ts';
import { isLoopback, refusalBy, type Guard } from './guard.ts';
import { openApiOf } from './openapi.ts';
import { pathParameters } from './parameters.ts';
import { badRequest, RestError } from './rest-error.ts';
import type { Route } from './route.ts';
import { routes } from './routes/routes.ts';
import { mismatch } from './schema.ts';

/** What a browser sees at the root: it loads nothing but answers of the routes. */
export interface LivePage {
  readonly html: string;
  /** Its content security policy. */
  readonly policy: string;
}

export interface RestOptions {
  readonly listen: Endpoint;
  /** Null: whoever may ask may change. */
  readonly token: string | null;
  readonly gateway: Gateway;
  /** Made when somebody asks for it first; null: there is none. */
  readonly page: (() => Promise<LivePage>) | null;
  /** An error of the gateway itself, as a line. */
  readonly log: (line: string) => void;
}

export interface RestServer {
  /** As in `http://127.0.0.1:8081`. */
  readonly url: string;
  close(): Promise<void>;
}

const MEBIBYTE = 1_048_576;
/** Of a request with JSON. */
const BODY_BYTES_MAX = MEBIBYTE * 8; // a job graph in `jars/:jarid/run` is the longest
/** Of an uploaded artifact. */
export const UPLOAD_BYTES_MAX = 64 * MEBIBYTE;

/** Listens, and rejects with a sentence if that cannot be. */
export async function startRest({ listen, token, gateway, page, log }: RestOptions): Promise<RestServer> {
  const app = createApp(gateway, { token, isLoopback: isLoopback(listen.host) }, log, page);
  const server = await listenOn(app, listen);
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('REST has no address');
  return {
    url: `http://${formatEndpoint({ host: listen.host, port: bound.port })}`,
    close: () => close(server),
  };
}

function listenOn(app: Hono, { host, port }: Endpoint): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: host, port }, () => resolve(server));
    server.once('error', (error: Error) =>
      reject(new Error(`REST cannot listen on ${formatEndpoint({ host, port })}: ${whyNotThere(error, port)}`)),
    );
  });
}

function close(server: ServerType): Promise<void> {
  const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
  if ('closeAllConnections' in server) server.closeAllConnections(); // a browser keeps some open
  return closed;
}

/** The same without a port, for tests. */
export function createApp(
  gateway: Gateway,
  guard: Guard,
  log: (line: string) => void,
  page: RestOptions['page'] = null,
): Hono {
  const app = new Hono({ strict: false });
  app.use(async (context, next) => {
    const refusal = refusalBy(guard, {
      method: context.req.method,
      host: context.req.header('host') ?? null,
      origin: context.req.header('origin') ?? null,
      authorization: context.req.header('authorization') ?? null,
    });
    const isPage = page !== null && context.req.method === 'GET' && context.req.path === '/';
    if (refusal !== null && !(isPage && refusal.status === UNKNOWN_ASKER)) return tellError(context, refusal);
    await next();
    context.header('Cache-Control', 'no-store');
    context.header('X-Content-Type-Options', 'nosniff');
    return undefined;
  });
  app.get('/openapi.json', (context) => context.json(openApiOf(routes, gateway.config.version.number)));
  if (page !== null) servePage(app, page);
  for (const route of routes) {
    for (const path of [route.path, `/v1${route.path}`]) {
      app.on(route.method, path, limitOf(route), (context) => answer(context, route, gateway));
    }
  }
  app.notFound((context) => tellError(context, new RestError(404, `Not found: ${context.req.path}`)));
  app.onError((error, context) => {
    if (error instanceof RestError) return tellError(context, error);
    log(`REST, ${context.req.method} ${context.req.path}: ${error.stack ?? error.message}`);
    return tellError(context, new RestError(500, `Internal server error: ${error.message}`));
  });
  return app;
}

/** The page itself says nothing of the cluster: it asks for the token where reading needs it. */
const UNKNOWN_ASKER = 401;

function servePage(app: Hono, page: () => Promise<LivePage>): void {
  let made: Promise<LivePage> | null = null;
  app.get('/', async (context) => {
    made ??= page();
    const { html, policy } = await made;
    context.header('Content-Security-Policy', policy);
    return context.html(html);
  });
}

function limitOf({ isUpload }: Route) {
  const maxSize = isUpload ? UPLOAD_BYTES_MAX : BODY_BYTES_MAX;
  return bodyLimit({
    maxSize,
    onError: (context) => tellError(context, new RestError(413, `The body is longer than ${maxSize} bytes.`)),
  });
}

function tellError(context: Context, error: RestError): Response {
  return context.json({ errors: [error.message] }, error.status as ContentfulStatusCode);
}

async function answer(context: Context, route: Route, gateway: Gateway): Promise<Response> {
  const params = context.req.param() as Readonly<Record<string, string>>;
  const query = context.req.query();
  checkTexts(params, pathParameters, 'path parameter');
  checkTexts(query, route.query, 'query parameter');
  const body = await readBody(context, route);
  const told = await route.handle({ gateway, params, query, body });
  if (route.isText) return context.text(told as string);
  return context.json(told as object, route.status as ContentfulStatusCode);
}

/** As Flink does, what nobody knows is left alone. */
function checkTexts(given: Readonly<Record<string, string>>, known: Route['query'], what: string): void {
  for (const [name, text] of Object.entries(given)) {
    const schema = known[name];
    const wrong = schema === undefined ? null : mismatch(schema.json, text, false, name);
    if (wrong !== null) throw badRequest(`Bad request: ${what} ${wrong}.`);
  }
}

async function readBody(context: Context, route: Route): Promise<unknown> {
  if (route.body === null) return null;
  if (route.isUpload) return readForm(context);
  const text = await context.req.text();
  if (text.trim() === '') return checked(route, route.emptyBody ?? {});
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw badRequest(`The body is no JSON: ${(error as Error).message}.`);
  }
  return checked(route, body);
}

function checked(route: Route, body: unknown): unknown {
  const wrong = mismatch(route.body!.json, body);
  if (wrong !== null) throw badRequest(`The body does not fit ${route.method} ${route.path}: ${wrong}.`);
  return body;
}

/** The one file of a form, whatever its field is called (Flink's clients: `jarfile`). */
async function readForm(context: Context): Promise<{ readonly name: string; readonly bytes: Uint8Array }> {
  const form = await context.req.formData().catch(() => null);
  const files = form === null ? [] : [...form.values()].filter((value) => typeof value !== 'string');
  const [file] = files;
  if (file === undefined || files.length > 1)
    throw badRequest('An upload is a form (multipart/form-data) with exactly one file, in the field "jarfile".');
  return { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
}
