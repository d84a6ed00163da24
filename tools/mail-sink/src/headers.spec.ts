import { describe, expect, it } from 'vitest';

import { readHeaders } from './headers.ts';

describe('readHeaders', () => {
  it('reads the headers, joins folded lines and stops at the body', () => {
    const head = 'Message-ID:\r\n <1.order-confirmed@sluice.local>\r\nTo: "A, B" <a@b.c>';
    const messageId = '<1.order-confirmed@sluice.local>';
    expect(readHeaders(Buffer.from(`${head}\r\nsubject: Hi\r\n\r\nHi`))).toEqual({ messageId, subject: 'Hi' });
    expect(readHeaders(Buffer.from(`${head}\r\n\r\nSubject: x`))).toEqual({ messageId, subject: '' });
  });

  it('takes the first of two headers of one name', () => {
    expect(readHeaders(Buffer.from('Subject: one\r\nSubject: two\r\n\r\n')).subject).toBe('one');
  });
});
