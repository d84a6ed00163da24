import { errorCodes, type FastifyInstance, type FastifyRequest } from 'fastify';

/**
 * A request without a body has no content type either, whatever its header says: many clients send one with every POST and
 * DELETE. What needs a body then finds none, and its schema refuses that.
 */
export function acceptEmptyBodies(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (isEmpty(request)) delete request.raw.headers['content-type'];
    done();
  });
  // Of a chunked body only the parser learns that it is empty. Text and anything else would pass every schema as a string.
  fastify.removeAllContentTypeParsers();
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    if (body === '') done(null);
    else void parseJson(request, body, done);
  });
  fastify.addContentTypeParser('*', (_request, payload, done) => {
    payload.once('data', () => done(new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE()));
    payload.once('end', () => done(null));
    payload.once('error', done);
  });
}

function isEmpty({ raw: { headers } }: FastifyRequest): boolean {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = headers;
  return length === '0' && coding === undefined;
}
