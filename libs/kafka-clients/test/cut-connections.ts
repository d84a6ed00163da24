import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { afterAll, expect } from 'vitest';

/**
 * Notes every connection that this process makes from now on; what it answers cuts them all, as a broken network would.
 * To be called at the top of a spec.
 */
export function cutConnections(): () => void {
  const sockets = new Set<Socket>();
  const note = (message: unknown): void => void sockets.add((message as { socket: Socket }).socket);
  subscribe('net.client.socket', note);
  afterAll(() => unsubscribe('net.client.socket', note));
  return () => {
    const open = [...sockets].filter((socket) => !socket.destroyed);
    expect(open.length).toBeGreaterThan(0);
    sockets.clear();
    const reset = (): Error => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    for (const socket of open) socket.destroy(reset());
  };
}
