// First half of verification: are these the bytes that the holder of the key signed?
import type { KeyObject } from 'node:crypto';
import { sha256 } from '../model/json.ts';
import { openEnvelope } from './dsse.ts';
import { linesOf, readLines } from './event-lines.ts';
import { EvidenceError } from './evidence-error.ts';
import type { Finding } from './finding.ts';
import { ATTESTATION_FILE, LISTED_NAMES, SUBJECT_NAMES, SUMS_FILE, sumsText } from './package-files.ts';
import { PAYLOAD_TYPE, parseStatement, type Statement } from './statement.ts';

type Files = ReadonlyMap<string, Buffer>;

export interface Attested {
  /** Undefined when nothing signed by the key could be read. */
  readonly statement: Statement | undefined;
  readonly findings: readonly Finding[];
}

/** Opens the attestation with the one trusted key, and holds every file to it. */
export function checkAttestation(files: Files, publicKey: KeyObject): Attested {
  const bytes = files.get(ATTESTATION_FILE);
  if (bytes === undefined) return { statement: undefined, findings: differencesFromSums(files) };
  try {
    const statement = parseStatement(openEnvelope(bytes.toString('utf8'), PAYLOAD_TYPE, publicKey));
    return { statement, findings: differencesFromStatement(files, statement) };
  } catch (thrown) {
    if (!(thrown instanceof EvidenceError)) throw thrown;
    const code = thrown.code === 'signature-invalid' ? 'signature-invalid' : 'attestation-invalid';
    const finding: Finding = { code, file: ATTESTATION_FILE, detail: thrown.message };
    return { statement: undefined, findings: [finding, ...differencesFromSums(files)] };
  }
}

function differencesFromStatement(files: Files, { subject }: Statement): readonly Finding[] {
  const signed = new Map(subject.map(({ name, digest }) => [name, digest.sha256]));
  const sums = new Map([...signed].filter(([name]) => name !== SUMS_FILE));
  return [...wrongSubjects(subject), ...differences(files, signed, 'the signed statement'), ...wrongSums(files, sums)];
}

/** The statement must speak of every file, once each, and of nothing else. */
function wrongSubjects(subject: Statement['subject']): readonly Finding[] {
  const names = subject.map(({ name }) => name).sort();
  const expected = [...SUBJECT_NAMES].sort();
  if (JSON.stringify(names) === JSON.stringify(expected)) return [];
  return [
    {
      code: 'attestation-invalid',
      file: ATTESTATION_FILE,
      detail: `expected the subjects ${expected.join(', ')}, found others`,
    },
  ];
}

function differences(files: Files, digests: ReadonlyMap<string, string>, says: string): readonly Finding[] {
  return SUBJECT_NAMES.flatMap((name): Finding[] => {
    const bytes = files.get(name);
    const expected = digests.get(name);
    if (bytes === undefined || expected === undefined || sha256(bytes) === expected) return [];
    return [
      {
        code: 'changed-file',
        file: name,
        detail: `expected SHA-256 ${expected} as ${says} has it, found ${sha256(bytes)}`,
      },
    ];
  });
}

/** Compares SHA256SUMS with the statement, so that a changed list is named, not the files that it lists. */
function wrongSums(files: Files, digests: ReadonlyMap<string, string>): readonly Finding[] {
  const bytes = files.get(SUMS_FILE);
  if (bytes === undefined || bytes.equals(Buffer.from(sumsText(digests)))) return [];
  return [
    { code: 'sums-differ', file: SUMS_FILE, detail: 'expected the digests of the signed statement, found others' },
  ];
}

/** Without a statement the list is all there is: it tells accidents, not attacks. */
function differencesFromSums(files: Files): readonly Finding[] {
  const text = files.get(SUMS_FILE)?.toString('utf8');
  if (text === undefined) return [];
  const digests = new Map<string, string>();
  for (const [, digest = '', name = ''] of text.matchAll(/^([0-9a-f]{64}) {2}(.+)$/gm)) digests.set(name, digest);
  const wrong =
    sumsText(digests) !== text ||
    LISTED_NAMES.some((name) => !digests.has(name)) ||
    digests.size !== LISTED_NAMES.length;
  const finding: Finding = {
    code: 'sums-differ',
    file: SUMS_FILE,
    detail: `expected one line for each of ${LISTED_NAMES.join(', ')}, found others`,
  };
  return [...(wrong ? [finding] : []), ...differences(files, digests, SUMS_FILE)];
}

const FINAL_LINE_FEED = '\n';

/** Holds the chain of events, line by line. `head` is what the statement says of the last line. */
export function checkChain(files: Files, statement: Statement | undefined) {
  const text = files.get('events.jsonl')?.toString('utf8');
  if (text === undefined) return { events: [], findings: [] };
  const ended = text.endsWith(FINAL_LINE_FEED);
  const { events, lines, head, problems } = readLines(linesOf(text));
  const broken = (line: number, detail: string): Finding => ({
    code: 'chain-broken',
    file: 'events.jsonl',
    line,
    detail: `line ${line}: ${detail}`,
  });
  const expected = statement?.predicate.eventsHead;
  return {
    events,
    findings: [
      ...problems.map(({ line, detail }) => broken(line, detail)),
      ...(ended ? [] : [broken(lines, 'expected a line feed at the end, found none')]),
      ...(expected === undefined || head === undefined || head === expected
        ? []
        : [
            broken(
              lines,
              `expected the last line to have SHA-256 ${expected}, found ${head}: it was changed, or lines after it are gone`,
            ),
          ]),
    ],
  };
}
