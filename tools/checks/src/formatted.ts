import { writeFile } from 'node:fs/promises';
import { format, getFileInfo, resolveConfig } from 'prettier';
import { read, root } from './repository.ts';

/** `text` as Prettier writes that file; as it is when Prettier doesn't know its language. */
export async function formatted(file: string, text: string): Promise<string> {
  const { inferredParser } = await getFileInfo(root + file);
  return inferredParser === null ? text : format(text, { ...(await resolveConfig(root + file)), filepath: file });
}

/** Writes the files that differ from what is made of them, and prints their names. */
export async function rewrite(files: string[], make: (text: string) => string): Promise<void> {
  for (const file of files) {
    const text = await formatted(file, make(read(file)));
    if (text === read(file)) continue;
    await writeFile(root + file, text);
    console.log(file);
  }
}
