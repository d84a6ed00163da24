import { conventions, scope } from '@sluice/core';
import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
} from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { operationalRoutes } from '../drain.ts';
import { isKnown, methodAttributes } from '../http/methods.ts';
import { withLogFields, type LogFields } from '../logging.ts';

/** What the log lines of a request are to carry, from its route and the route's parameters. */
export type LogFieldsOf = (route: string, params: Readonly<Record<string, string>>) => LogFields;

const { errorType, http, server } = conventions;

interface ServerTrace {
  context: Context;
  span: Span;
}

const traces = new WeakMap<FastifyRequest, ServerTrace>();

/** A server span per request, under the caller's `traceparent`; the answer's `traceparent` names it. */
export function traceRequests(fastify: FastifyInstance, fieldsOf: LogFieldsOf = () => ({})): void {
  const { schemaUrl } = conventions;
  const tracer = trace.getTracerProvider().getTracer(`@${scope}/service-kit`, undefined, { schemaUrl });

  fastify.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url ?? '';
    if (operationalRoutes.has(route)) return done();
    const parent = propagation.extract(ROOT_CONTEXT, request.headers);
    const name = `${isKnown(request.method) ? request.method : 'HTTP'} ${route}`.trimEnd();
    const span = tracer.startSpan(name, { kind: SpanKind.SERVER }, parent);
    if (span.isRecording()) span.setAttributes(attributesOf(request));
    // After onResponse, and without it when the client left before its answer.
    reply.raw.once('close', () => span.end());
    const serverContext = withLogFields(
      trace.setSpan(parent, span),
      fieldsOf(route, (request.params ?? {}) as Record<string, string>),
    );
    traces.set(request, { context: serverContext, span });
    const { traceId, spanId, traceFlags } = span.spanContext();
    reply.header('traceparent', `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`);
    context.with(serverContext, done);
  });

  // Reading the body leaves the context of onRequest: its events belong to the connection.
  fastify.addHook('preValidation', (request, _reply, done) => {
    const server = traces.get(request);
    if (server) context.with(server.context, done);
    else done();
  });

  fastify.addHook('onResponse', (request, reply, done) => {
    const span = traces.get(request)?.span;
    if (span?.isRecording()) {
      span.setAttribute(http.statusCode, reply.statusCode);
      if (reply.statusCode >= 500) {
        span.setStatus({ code: SpanStatusCode.ERROR });
        span.setAttribute(errorType, String(reply.statusCode));
      }
    }
    done();
  });
}

/** Neither query nor body: they may hold personal data. */
function attributesOf({ method, url, routeOptions, protocol, hostname, port }: FastifyRequest): Attributes {
  return {
    ...methodAttributes(method),
    ...(routeOptions.url && { [http.route]: routeOptions.url }),
    [http.scheme]: protocol,
    [http.path]: url.split('?', 1)[0],
    ...(hostname && { [server.address]: hostname }),
    ...(port && { [server.port]: port }),
  };
}
