import { format, getFileInfo, resolveConfig } from 'prettier';
import { root } from './repository.ts';

/** `text` as Prettier writes that file; as it is when Prettier doesn't know its language. */
export async function formatted(file: string, text: string): Promise<string> {
  const { inferredParser } = await getFileInfo(root + file);
  return inferredParser === null ? text : format(text, { ...(await resolveConfig(root + file)), filepath: file });
}
