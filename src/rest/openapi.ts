// The OpenAPI document, made of the table of routes: the schemas are those that validate.
import { pathParameters } from './parameters.ts';
import type { Route } from './route.ts';
import type { JsonSchema } from './schema.ts';

const ERRORS: JsonSchema = {
  type: 'object',
  properties: { errors: { type: 'array', items: { type: 'string' }, description: 'one sentence each' } },
  required: ['errors'],
};

export function openApiOf(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:([a-z]+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Millrace',
      version,
      description:
        'Paths, fields and status codes are those of Apache Flink, where it has them. Each path is also there below /v1.',
    },
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    paths,
  };
}

function operationOf(route: Route): object {
  const isReading = route.method === 'GET';
  return {
    summary: route.about,
    ...(isReading ? {} : { security: [{ token: [] }] }),
    parameters: [...pathParametersOf(route.path), ...queryParametersOf(route)],
    ...(route.body === null ? {} : { requestBody: bodyOf(route, route.body.json) }),
    responses: {
      [route.status]: {
        description: 'done',
        content: { [route.isText ? 'text/plain' : 'application/json']: { schema: route.answer.json } },
      },
      default: { description: 'refused: nothing was changed', content: { 'application/json': { schema: ERRORS } } },
    },
  };
}

function bodyOf({ isUpload, emptyBody }: Route, schema: JsonSchema): object {
  const type = isUpload ? 'multipart/form-data' : 'application/json';
  return { required: isUpload || emptyBody === null, content: { [type]: { schema } } };
}

function pathParametersOf(path: string): readonly object[] {
  return [...path.matchAll(/:([a-z]+)/g)].map(([, name = '']) => {
    const schema = pathParameters[name]?.json ?? { type: 'string' };
    return { name, in: 'path', required: true, schema };
  });
}

function queryParametersOf({ query }: Route): readonly object[] {
  return Object.entries(query).map(([name, { json }]) => ({ name, in: 'query', required: false, schema: json }));
}
