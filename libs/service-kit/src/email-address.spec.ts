import { describe, expect, it } from 'vitest';
import { emailAddress } from './email-address.ts';

const isAddress = (text: string): boolean => emailAddress.safeParse(text).success;
const [label63, local64] = ['b'.repeat(63), 'a'.repeat(64)];

describe('an e-mail address', () => {
  it.each([
    'ada@example.com',
    'ada.lovelace+orders@mail.example.co.uk',
    "!#$%&'*+-/=?^_`{|}~@example.com",
    'a@b.cd',
    '1@2.com',
    'a@x--y.com',
    'a@EXAMPLE.Com',
    'a@example.xn--p1ai',
    'a@xn--jgeva-dua.XN--VERMGENSBERATUNG-PWB',
    'a@example.photography',
    `${local64}@example.com`,
    `a@${label63}.com`,
    `a@example.${'c'.repeat(63)}`,
    `a@${`${label63}.`.repeat(3)}${'c'.repeat(60)}`,
  ])('may be %s', (text) => {
    expect(isAddress(text)).toBe(true);
  });

  it.each([
    '',
    'nobody',
    'a@',
    '@example.com',
    'a@localhost',
    'a@b.c',
    'a@example.123',
    'a@example.c0m',
    'a@example.com.',
    'a@.example.com',
    'a@example..com',
    '.a@example.com',
    'a.@example.com',
    'a..b@example.com',
    'a@-example.com',
    'a@example-.com',
    'a@example.com-',
    'a@example.xn--',
    'a@example.xn--a-',
    'a@exam_ple.com',
    'a@b@example.com',
    'a b@example.com',
    '"a b"@example.com',
    'a@[127.0.0.1]',
    'a,b@example.com',
    'a<b@example.com',
    'ä@example.com',
    'a@exämple.com',
    'a@example.com\n',
    '\na@example.com',
    `a${local64}@example.com`,
    `a@b${label63}.com`,
    `a@example.c${'c'.repeat(63)}`,
    `aa@${`${label63}.`.repeat(3)}${'c'.repeat(60)}`,
  ])('may not be %j', (text) => {
    expect(isAddress(text)).toBe(false);
  });
});
