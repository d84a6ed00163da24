import { describe, expect, it } from 'vitest';

import { Mailbox } from './mailbox.ts';

const aMail = (to: string, takenAt = 0) => ({ messageId: `<${to}>`, to, from: 'shop@x', subject: 's', takenAt });

describe('Mailbox', () => {
  it('pages by seq, also when it filters by recipient', () => {
    const box = new Mailbox();
    for (const to of ['a', 'b', 'a', 'a']) box.add(aMail(to));

    const first = box.find({ to: 'a', after: 0, limit: 2 });
    expect(first.items.map(({ seq }) => seq)).toEqual([1, 3]);
    const second = box.find({ to: 'a', after: Number(first.nextCursor), limit: 2 });
    expect(second.items.map(({ seq }) => seq)).toEqual([4]);
    expect(second.nextCursor).toBeUndefined();
  });

  it('forgets the oldest above its capacity and keeps the numbers of the rest', () => {
    const box = new Mailbox(10, 2);
    for (let n = 1; n <= 25; n += 1) box.add(aMail(String(n)), Buffer.from(`body ${n}`));

    const { items } = box.find({ after: 0, limit: 100 });
    expect(items.length).toBeLessThanOrEqual(11);
    expect(items.at(-1)).toMatchObject({ seq: 25, to: '25' });
    expect(box.get(25)).toMatchObject({ to: '25', raw: 'body 25' });
    expect(box.get(20)).not.toHaveProperty('raw');
    expect(box.get(1)).toBeUndefined();
    expect(box.get(26)).toBeUndefined();
  });

  it('reports the most mails in one half-open second', () => {
    const box = new Mailbox();
    for (const takenAt of [999.9, 1000, 1500, 1999.9, 2000]) box.add(aMail('a', takenAt));
    expect(box.maxRate).toBe(3);
    expect(box.taken).toBe(5);
  });
});
