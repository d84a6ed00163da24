import { z } from 'zod';

const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const topLevel = '(?:[A-Za-z]{2,63}|[Xx][Nn]--(?:[A-Za-z0-9-]{0,58}[A-Za-z0-9]))';
const pattern = new RegExp(`^(?=[^@]{1,64}@)${atom}(?:\\.${atom})*@(?:${label}\\.)+${topLevel}$`);

/**
 * An address as mail servers everywhere take it, of RFC 5321: at most 64 characters of a dot-atom, and the labels of a
 * public domain, internationalised ones as punycode. No quoted local parts, no address literals.
 */
export const emailAddress = z.email({ pattern, error: 'must be an e-mail address' }).max(254);
