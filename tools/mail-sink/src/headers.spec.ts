import { describe, expect, it } from 'vitest';

import { readHeaders } from './headers.ts';

describe('readHeaders', () => {
  it('reads the headers, joins folded lines and stops at the body', () => {
    const mail = 'Message-ID:\r\n <1.order-confirmed@sluice.local>\r\nTo: "A, B" <a@b.c>\r\nsubject: Hi\r\n\r\nFrom: x';
    expect(readHeaders(Buffer.from(mail))).toEqual({
      messageId: '<1.order-confirmed@sluice.local>',
      from: '',
      to: 'a@b.c',
      subject: 'Hi',
    });
  });

  it('takes the first of two headers of one name', () => {
    expect(readHeaders(Buffer.from('Subject: one\r\nSubject: two\r\n\r\n')).subject).toBe('one');
  });
});
