import { BlockList, isIPv4 } from 'node:net';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ProblemException } from './problem.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Of an IPv4 address mapped into IPv6 too; false for anything that is no address. */
export function isLoopback(address = ''): boolean {
  return loopback.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

/** What a proxy on this machine adds when it passes on a request from another machine. */
const forwarded = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];

/**
 * Lets a request pass that was made on this machine, whatever address the service listens on; 403 otherwise. Asks the
 * connection, not `request.ip`, which a header may decide.
 */
@Injectable()
export class LoopbackGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { socket, headers } = context.switchToHttp().getRequest<FastifyRequest>();
    const isDirect = forwarded.every((name) => headers[name] === undefined);
    if (isDirect && isLoopback(socket.remoteAddress)) return true;
    throw new ProblemException(403, 'not-on-loopback', 'This is for requests from the same machine only.');
  }
}
