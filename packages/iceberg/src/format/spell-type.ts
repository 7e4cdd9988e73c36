import type { IcebergType } from './types.ts';

/** A type as one line of text: `list<struct<a: int, b: string>>`. */
export function spellType(type: IcebergType): string {
  if (typeof type === 'string') return type;
  switch (type.type) {
    case 'struct':
      return `struct<${type.fields.map((field) => `${field.name}: ${spellType(field.type)}`).join(', ')}>`;
    case 'list':
      return `list<${spellType(type.element)}>`;
    case 'map':
      return `map<${spellType(type.key)}, ${spellType(type.value)}>`;
  }
}
