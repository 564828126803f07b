// The last door before evidence leaves the machine: no known secret may be in it, in any form in which files carry text.
import { EvidenceError } from './evidence-error.ts';

/** Throws EvidenceError `secret-found` naming the file and the line, never the secret. Empty secrets are passed over. */
export function assertNoSecrets(files: ReadonlyMap<string, Uint8Array>, secrets: readonly string[]): void {
  const forms = new Set(secrets.filter((secret) => secret !== '').flatMap(formsOf));
  for (const [name, bytes] of files) {
    const text = Buffer.from(bytes).toString('utf8');
    for (const form of forms) {
      const index = text.indexOf(form);
      if (index === -1) continue;
      const line = text.slice(0, index).split('\n').length;
      throw new EvidenceError(
        'secret-found',
        `${name}:${line}: expected no secret in evidence, found one; nothing was written`,
      );
    }
  }
}

/** As it is, inside JSON once and twice, in a URL, in HTML, and as Base64. */
function formsOf(secret: string): readonly string[] {
  const inJson = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    inJson,
    JSON.stringify(inJson).slice(1, -1),
    encodeURIComponent(secret.toWellFormed()),
    secret
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;'),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64url'),
  ];
}
