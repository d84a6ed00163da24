import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Connection } from '../src/run/connection.ts';
import { requestHead, withLength } from '../src/run/request.ts';
import { accept, FakeOrderService } from './fake-order-service.ts';

describe('Connection', () => {
  it('closes at an answer that nobody asked for, so that nobody gets it', async () => {
    let socket: Socket;
    await using service = new FakeOrderService((request, response) => {
      ({ socket } = request);
      accept(request, response);
    });
    const url = new URL('/orders', await service.start());
    const closed = Promise.withResolvers<void>();
    const came: (number | string)[] = [];
    const connection = new Connection({
      url,
      // Only now: to an answer that comes behind the next request nobody could see that it is not for that.
      onFree: () => socket.write('HTTP/1.1 503 Gone\r\ncontent-length: 0\r\n\r\n'),
      onClosed: () => closed.resolve(),
    });
    connection.send(requestHead('POST', url) + withLength('{}'), {
      onAnswer: ({ status }) => came.push(status),
      onBroken: (reason) => came.push(reason),
    });
    await closed.promise;
    expect(came).toEqual([202]);
    expect(connection.isOpen).toBe(false);
  });
});
