const headings = ['Context', 'Decision', 'Rejected', 'Consequences'];
const minWords = 150;
const maxWords = 400;

/** What is wrong with the form of an architecture decision record; nothing when it is as all of them are. */
export function formOfDecision(file: string, text: string): string[] {
  const number = /^docs\/adr\/(\d{4})-/.exec(file)?.[1];
  const words = text.split(/\s+/).filter((word) => /\w/.test(word)).length;
  const found = [...text.matchAll(/^(?:## (\w+)$|\*\*(\w+)\.\*\*)/gm)].map(([, title, bold]) => title ?? bold);
  const wrong: string[] = [];
  if (!text.startsWith(`# ${Number(number)}. `)) wrong.push(`begins with "# ${Number(number)}. "`);
  if (found.join() !== headings.join()) wrong.push(`has the parts ${headings.join(', ')}, in this order`);
  if (words < minWords || words > maxWords) wrong.push(`has ${minWords} to ${maxWords} words, not ${words}`);
  return wrong.map((rule) => `${file}: a decision ${rule}`);
}
