import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { throwError, type Observable } from 'rxjs';
import type { ShedRequests } from './overload/shed-requests.ts';
import { sendProblem, toProblem, type Problem } from './problem.ts';

/** Every error of an HTTP request as application/problem+json, never with a stack. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger = new Logger('http');
  #warnedAt = -Infinity;
  #unwarned = 0;

  constructor(private readonly shed: ShedRequests) {}

  catch(error: unknown, host: ArgumentsHost): void | Observable<never> {
    // The consumer strategy decides about its handlers' errors and has to see them as they are.
    if (host.getType() !== 'http') return throwError(() => error);
    const problem = toProblem(error);
    this.shed.count(problem.code);
    if (problem.log === 'error') this.#logger.error(error);
    if (problem.log === 'warn') this.#warn(error, problem);
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    sendProblem(reply, problem);
  }

  /** An outage fails every request the same way: one line per second is enough. */
  #warn(error: unknown, { title }: Problem): void {
    const now = performance.now();
    if (now - this.#warnedAt < 1_000) {
      this.#unwarned += 1;
      return;
    }
    this.#logger.warn({ err: error, suppressed: this.#unwarned, msg: title });
    this.#warnedAt = now;
    this.#unwarned = 0;
  }
}
