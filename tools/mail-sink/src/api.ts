import { createServer, type Server } from 'node:http';

import { HttpProblem, jsonHandler, readJson, validated } from '@sluice/kit/json-server';
import { z } from 'zod';
import { parseCapacity } from './capacity.ts';
import type { MailSink } from './sink.ts';

const whole = (min: number, max: number) =>
  z.string().regex(/^\d+$/, 'must be an integer').transform(Number).pipe(z.int().min(min).max(max));

const mailQuery = z.object({
  to: z.string().optional(),
  after: whole(0, Number.MAX_SAFE_INTEGER).default(0),
  limit: whole(1, 10_000).default(100),
});

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
          return sink.mailbox.find(validated(mailQuery, Object.fromEntries(url.searchParams)));
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

function getMessage(sink: MailSink, seq: string): unknown {
  const mail = /^\d{1,15}$/.test(seq) ? sink.mailbox.get(Number(seq)) : undefined;
  if (mail === undefined) throw new HttpProblem(404, `there is no message ${seq}`);
  return mail;
}
