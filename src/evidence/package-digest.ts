import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../model/json.ts';
import { SUMS_FILE } from './package-files.ts';

/**
 * What names a package in the evidence of another one: the SHA-256 of its SHA256SUMS, and so of every file but the signature, which differs each
 * time that it is made. As `sha256sum SHA256SUMS` prints it.
 */
export const packageDigest = async (dir: string): Promise<string> => sha256(await readFile(join(dir, SUMS_FILE)));
