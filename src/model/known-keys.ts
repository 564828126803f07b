// Which keys a schema knows at a path: read from its JSON Schema, which is plain data, so that any zod schema will do.
import * as z from 'zod';

/** Keys and indexes from the top of a value to a part of it. */
type Path = readonly (string | number)[];
type Shape = z.core.JSONSchema.BaseSchema;

/** A schema's shape for look-ups: made once, asked often. */
export type KnownKeys = (path: Path) => readonly string[];

/** Keys of the object at `path`, alternatives merged; empty when any key may stand there. */
export function knownKeysOf(schema: z.ZodType): KnownKeys {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return (path) => {
    const shapes = path.reduce<readonly Shape[]>(
      (owners, key) => owners.flatMap((owner) => below(owner, key, root)),
      [root],
    );
    return [...new Set(shapes.flatMap((shape) => alternatives(shape, root)).flatMap((shape) => keysOf(shape)))];
  };
}

const keysOf = (shape: Shape) => Object.keys(shape.properties ?? {}).filter((key) => key !== '$schema');

function below(owner: Shape, key: string | number, root: Shape): readonly Shape[] {
  return alternatives(owner, root).flatMap((shape) => {
    const next = typeof key === 'number' ? shape.items : (shape.properties?.[key] ?? shape.additionalProperties);
    return isShape(next) ? [next] : [];
  });
}

/** The shape itself, what it refers to, and every alternative of both. */
function alternatives(shape: Shape, root: Shape): readonly Shape[] {
  const target = shape.$ref === '#' ? root : root.$defs?.[shape.$ref?.replace('#/$defs/', '') ?? ''];
  const owners = [shape, target].filter(isShape);
  return owners.flatMap((owner) => [
    owner,
    ...[...(owner.anyOf ?? []), ...(owner.oneOf ?? []), ...(owner.allOf ?? [])].filter(isShape),
  ]);
}

const isShape = (value: unknown): value is Shape =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
