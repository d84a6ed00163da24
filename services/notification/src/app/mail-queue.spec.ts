import { describe, expect, it } from 'vitest';
import { FakeMailer } from '../../test/fake-mailer.ts';
import type { Mail } from '../domain/mail.ts';
import { MailQueue } from './mail-queue.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const aMail = (messageId: string): Mail => ({ messageId, to: 'a@x.test', subject: 's', text: 't' });

describe('MailQueue', () => {
  it('has never more than its limit in progress, over both lanes, and gets everything done', async () => {
    const mailer = new FakeMailer(async () => turn());
    const queue = new MailQueue(mailer, 3);
    const lanes = ['http', 'kafka'] as const;
    await Promise.all(Array.from({ length: 50 }, (_, i) => queue.send(aMail(String(i)), { lane: lanes[i % 2]! })));
    expect(mailer.maxConcurrency).toBe(3);
    expect(mailer.sent).toHaveLength(50);
    expect(queue.inProgress).toBe(0);
  });

  it('lets the lanes take turns', async () => {
    const mailer = new FakeMailer(async () => turn());
    const queue = new MailQueue(mailer, 1);
    const backlog = ['k0', 'k1', 'k2', 'k3'].map((id) => queue.send(aMail(id), { lane: 'kafka' }));
    const requests = ['h0', 'h1'].map((id) => queue.send(aMail(id), { lane: 'http' }));
    await Promise.all([...backlog, ...requests]);
    expect(mailer.messageIds).toEqual(['k0', 'h0', 'k1', 'h1', 'k2', 'k3']);
  });

  it('asks right before a mail is begun and sends nothing when the answer is no', async () => {
    const gate = Promise.withResolvers<void>();
    const mailer = new FakeMailer(() => gate.promise);
    const queue = new MailQueue(mailer, 1);
    let wanted = true;
    const mayBegin = (): void => {
      if (!wanted) throw new Error('no longer wanted');
    };
    const first = queue.send(aMail('1'), { lane: 'http', mayBegin });
    const second = queue.send(aMail('2'), { lane: 'http', mayBegin });
    const third = queue.send(aMail('3'), { lane: 'http' });
    wanted = false;
    gate.resolve();
    await first;
    await expect(second).rejects.toThrow('no longer wanted');
    await third;
    expect(mailer.messageIds).toEqual(['1', '3']);
  });

  it('does not send again what the provider took, and does what it refused', async () => {
    let refuse = true;
    const mailer = new FakeMailer(async () => {
      if (refuse) throw new Error('refused');
    });
    const queue = new MailQueue(mailer, 2);
    await expect(queue.send(aMail('1'), { lane: 'http' })).rejects.toThrow('refused');
    refuse = false;
    const sentAt = await queue.send(aMail('1'), { lane: 'http' });
    expect(await queue.send(aMail('1'), { lane: 'kafka' })).toBe(sentAt);
    expect(mailer.sent).toHaveLength(1);
  });
});
