import { createServer, type Server } from 'node:http';

import { HttpProblem, jsonHandler, readJson } from '@sluice/kit/json-server';
import type { FaultProxy } from './fault-proxy.ts';
import { parseFaults } from './faults.ts';

/** `GET|PUT /faults`, `GET /livez`. PUT replaces all faults: a field left out is healthy again. */
export function createControl(proxy: FaultProxy): Server {
  return createServer(
    jsonHandler(async (request, url) => {
      switch (`${request.method} ${url.pathname}`) {
        case 'GET /livez':
          return { status: 'ok' };
        case 'GET /faults':
          return proxy.faults;
        case 'PUT /faults':
          proxy.faults = parseFaults(await readJson(request));
          return proxy.faults;
        default:
          throw new HttpProblem(404, `there is no ${request.method} ${url.pathname}`);
      }
    }),
  );
}
