// The file that was probably meant by the name of one that is not there.
import { readdirSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { suggest } from '../model/suggest.ts';

/** Of the same kind, in the same folder of the workspace; as a path inside it. Never throws. */
export function nearFile(root: string, file: string): { readonly suggestion?: string } {
  const folder = dirname(file);
  try {
    const names = readdirSync(join(root, folder)).filter((name) => extname(name) === extname(file));
    return suggest(
      file,
      names.map((name) => join(folder, name)),
    );
  } catch {
    return {};
  }
}
