import { createServer, type Server } from 'node:http';

import { HttpProblem, jsonHandler, readJson } from '@sluice/kit/json-server';
import { parseCapacity } from './capacity.ts';
import type { MailSink } from './sink.ts';

const maxLimit = 10_000;

/**
 * `GET /messages?to=&after=&limit=`, `GET /messages/:seq`, `GET|PUT /capacity`, `GET|DELETE /stats`, `GET /livez`.
 * Bad input is 400 with a message that names the field, and changes nothing.
 */
export function createApi(sink: MailSink): Server {
  return createServer(
    jsonHandler(async (request, url) => {
      const [, resource = '', id, ...rest] = url.pathname.split('/');
      const route = rest.length > 0 ? 'none' : `${request.method} ${resource}${id === undefined ? '' : '/:id'}`;
      switch (route) {
        case 'GET livez':
          return { status: 'ok' };
        case 'GET messages':
          return listMessages(sink, url.searchParams);
        case 'GET messages/:id':
          return getMessage(sink, id ?? '');
        case 'GET capacity':
          return sink.slots.capacity;
        case 'PUT capacity':
          sink.setCapacity(parseCapacity(await readJson(request)));
          return sink.slots.capacity;
        case 'GET stats':
          return sink.stats();
        case 'DELETE stats':
          sink.resetStats();
          return sink.stats();
        default:
          throw new HttpProblem(404, `there is no ${request.method} ${url.pathname}`);
      }
    }),
  );
}

function listMessages(sink: MailSink, query: URLSearchParams): unknown {
  return sink.mailbox.find({
    to: query.get('to') ?? undefined,
    after: integer(query, 'after', { fallback: 0, min: 0, max: Number.MAX_SAFE_INTEGER }),
    limit: integer(query, 'limit', { fallback: 100, min: 1, max: maxLimit }),
  });
}

function getMessage(sink: MailSink, seq: string): unknown {
  const mail = /^\d{1,15}$/.test(seq) ? sink.mailbox.get(Number(seq)) : undefined;
  if (mail === undefined) throw new HttpProblem(404, `there is no message ${seq}`);
  return mail;
}

function integer(query: URLSearchParams, name: string, range: { fallback: number; min: number; max: number }): number {
  const text = query.get(name);
  if (text === null) return range.fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < range.min || value > range.max) {
    throw new HttpProblem(400, `${name} must be an integer from ${range.min} to ${range.max}`);
  }
  return value;
}
