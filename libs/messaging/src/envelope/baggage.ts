/** What W3C requires everyone to pass on. */
const limits = { members: 64, bytes: 8_192 };

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const value = '[\\x21\\x23-\\x2b\\x2d-\\x3a\\x3c-\\x5b\\x5d-\\x7e]*';
const pair = `${token}[ \\t]*=[ \\t]*${value}`;
const memberForm = new RegExp(`^${pair}(?:[ \\t]*;[ \\t]*${token}(?:[ \\t]*=[ \\t]*${value})?)*$`);

/**
 * W3C baggage within the limits: what is malformed or more than that is left out, always as a whole member. It comes from
 * outside and goes to every service that is called, so it belongs into no log, metric or mail.
 */
export function limitedBaggage(text: string | undefined): string | undefined {
  if (!text) return undefined;
  const members: string[] = [];
  let bytes = -1;
  for (const part of text.split(',')) {
    const member = part.trim();
    const more = bytes + member.length + 1;
    if (more > limits.bytes || !memberForm.test(member)) continue;
    bytes = more;
    if (members.push(member) === limits.members) break;
  }
  return members.length > 0 ? members.join(',') : undefined;
}
