const maxHeaderBytes = 16 * 1024;

/** Folded lines are joined; encoded words are left as they are. A header that is missing is an empty string. */
export function readHeaders(message: Buffer): { messageId: string; subject: string } {
  const text = message.toString('utf8', 0, Math.min(message.length, maxHeaderBytes));
  const end = text.search(/\r?\n\r?\n/);
  const block = (end === -1 ? text : text.slice(0, end)).replace(/\r?\n[ \t]+/g, ' ');
  const headers = new Map<string, string>();
  for (const line of block.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
    if (colon > 0 && !headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return { messageId: headers.get('message-id') ?? '', subject: headers.get('subject') ?? '' };
}
