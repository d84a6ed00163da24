import { METHODS } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { problemOf, sendProblem } from '../problem.ts';

/**
 * Answers 405 with `Allow` for the methods that a path doesn't have. A route per path, because Fastify's router is the
 * one that knows which path a request means. Call it before the first route is made, and what it returns after the last.
 */
export function answerOtherMethods(fastify: FastifyInstance): () => void {
  const known = new Map<string, Set<string>>();
  for (const method of METHODS) {
    if (method !== 'CONNECT' && !fastify.supportedMethods.includes(method)) fastify.addHttpMethod(method);
  }
  fastify.addHook('onRoute', ({ url, method }) => {
    const methods = known.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    known.set(url, methods);
  });
  // As a plugin, so that it comes after those that make routes of their own.
  return () =>
    void fastify.register(async (instance) => {
      for (const [url, methods] of [...known]) addOthers(instance, url, [...methods]);
    });
}

function addOthers(fastify: FastifyInstance, url: string, methods: string[]): void {
  const allow = methods.toSorted().join(', ');
  const problem = { ...problemOf(405, `This path has ${allow} only.`), headers: { allow } };
  fastify.route({
    method: fastify.supportedMethods.filter((method) => !methods.includes(method)),
    url,
    // Before a body is read.
    onRequest: (_request, reply) => sendProblem(reply, problem),
    handler: (_request, reply) => sendProblem(reply, problem),
  });
}
