import { createHash, timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { BaseConfig } from './config.ts';
import { ProblemException } from './problem.ts';
import { BASE_CONFIG } from './tokens.ts';

/** Lets a request pass that has `Authorization: Bearer $ADMIN_TOKEN`; 401 otherwise. */
@Injectable()
export class AdminGuard implements CanActivate {
  readonly #expected: Buffer;

  constructor(@Inject(BASE_CONFIG) config: BaseConfig) {
    this.#expected = digest(config.adminToken);
  }

  canActivate(context: ExecutionContext): boolean {
    const header = context.switchToHttp().getRequest<FastifyRequest>().headers.authorization ?? '';
    const [, token = ''] = /^Bearer +(\S+)$/i.exec(header) ?? [];
    if (timingSafeEqual(digest(token), this.#expected)) return true;
    const challenge = { 'www-authenticate': 'Bearer' };
    throw new ProblemException(401, 'unauthorized', 'This needs the administration token.', {}, challenge);
  }
}

/** Equal length for whatever was sent, so that comparing leaks nothing. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
