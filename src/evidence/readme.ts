// README.txt of a package: how anybody checks it with openssl, jq and coreutils, on a machine that has never seen this tool.

import { EMPTY } from '../journal/chain.ts';
import type { DrillResult } from '../model/result.ts';
import { printable } from '../report/printable.ts';

/** The commands stand between these two lines, so that a test (and anybody else) can cut them out and run them. */
export const COMMANDS_BEGIN = '---- commands';
export const COMMANDS_END = '---- end of commands';

/** The text of README.txt. */
export const readmeText = (
  result: DrillResult,
  tool: string,
  keyId: string,
): string => `Evidence of a disaster recovery drill

drill    ${printable(result.drill)}
run      ${printable(result.run)}
outcome  ${result.outcome}
made by  ${printable(tool)}
key      ${keyId}

Files
  report.html            for people; report.md is the same as Markdown
  result.json            the same facts for programs
  plan.json              exactly what was approved and done; its SHA-256 is the plan digest
  events.jsonl           everything that happened, one event a line; each line carries the SHA-256 of the line before it
  SHA256SUMS             digests of all files above and of this one
  attestation.dsse.json  in-toto statement over all files, signed (DSSE, ECDSA P-256 with SHA-256)

How to verify with openssl, jq and coreutils
Get the public key from its owner by another way than this folder, then run in this folder:

${COMMANDS_BEGIN}
KEY="\${KEY:-evidence.pub.pem}"   # the public key that you were given
T=$(mktemp -d)
jq -r .payload attestation.dsse.json | base64 -d > "$T/statement"
jq -r '.signatures[0].sig' attestation.dsse.json | base64 -d > "$T/signature"
TYPE=$(jq -r .payloadType attestation.dsse.json)
{ printf 'DSSEv1 %d %s %d ' "\${#TYPE}" "$TYPE" "$(wc -c < "$T/statement")"; cat "$T/statement"; } > "$T/signed"

# 1. The statement was signed with that key: "Verified OK".
openssl dgst -sha256 -verify "$KEY" -signature "$T/signature" "$T/signed"

# 2. The files are those of the statement: "OK" for each.
jq -r '.subject[] | "\\(.digest.sha256)  \\(.name)"' "$T/statement" | sha256sum -c --strict -
sha256sum -c --strict SHA256SUMS

# 3. Nothing else stands here: no output.
{ jq -r '.subject[].name' "$T/statement"; echo attestation.dsse.json; } | sort > "$T/expected"
ls -A | sort | comm -3 "$T/expected" -

# 4. The plan is the one that was approved: both lines are equal.
sha256sum < plan.json | cut -d' ' -f1
head -n 1 events.jsonl | jq -r .planDigest

# 5. No event was changed, removed or added: no difference is shown, and the last two lines are equal.
jq -r .prev events.jsonl > "$T/prev"
while IFS= read -r line; do printf %s "$line" | sha256sum; done < events.jsonl | cut -d' ' -f1 > "$T/digests"
{ echo ${EMPTY.hash}; sed '$d' "$T/digests"; } | diff "$T/prev" -
tail -n 1 "$T/digests"
jq -r .predicate.eventsHead "$T/statement"
rm -r "$T"
${COMMANDS_END}

The id of a key is: openssl pkey -pubin -in "$KEY" -outform DER | openssl dgst -sha256 -binary | base64

That the result follows from the events:
  drillmaster verify . --key "$KEY"

What this does not show
  Whoever holds the key can sign what is not true. The signature shows that these files are those that the holder of the key signed,
  and that nobody changed them since; it does not show when. The report says what the drill itself did not show.
`;
