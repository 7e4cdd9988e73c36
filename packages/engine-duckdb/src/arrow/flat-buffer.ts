/** The offset of something in a flat buffer, counted from its end. */
export type FlatOffset = number;

/** One field of a table: a scalar of 1, 2, 4 or 8 bytes, or something that was written before. */
export type FlatField =
  | { bytes: 1 | 2 | 4; value: number }
  | { bytes: 8; value: bigint }
  | { to: FlatOffset };

/**
 * Builds a flat buffer, the format of Arrow's metadata: from its end to its beginning, so that
 * everything is written before what refers to it. See the FlatBuffers document "Internals".
 *
 * @example
 * const name = buffer.text('id');
 * const bytes = buffer.finish(buffer.table([{ to: name }, { bytes: 1, value: 1 }]));
 */
export class FlatBuffer {
  #bytes = new Uint8Array(1_024);
  #view = new DataView(this.#bytes.buffer);
  /** Where the written part begins. */
  #head = this.#bytes.length;
  #alignment = 4;

  /** A text. */
  text(text: string): FlatOffset {
    const bytes = new TextEncoder().encode(text);
    // The length before it is aligned; a zero byte ends the text.
    this.#align(4, bytes.length + 1);
    this.#reserve(bytes.length + 1);
    this.#bytes.set(bytes, this.#head);
    return this.#scalar({ bytes: 4, value: bytes.length });
  }

  /** A list of things that were written before. */
  offsets(list: readonly FlatOffset[]): FlatOffset {
    this.#align(4, list.length * 4);
    for (const one of list.toReversed()) this.#refer(one);
    return this.#scalar({ bytes: 4, value: list.length });
  }

  /** A list of structs, each of two 64-bit numbers. */
  pairs(list: readonly (readonly [bigint, bigint])[]): FlatOffset {
    // The length comes before the list, whose first struct is aligned to 8 bytes.
    this.#align(8, list.length * 16);
    for (const [first, second] of list.toReversed()) {
      this.#scalar({ bytes: 8, value: second });
      this.#scalar({ bytes: 8, value: first });
    }
    return this.#scalar({ bytes: 4, value: list.length });
  }

  /** A table by the numbers of its fields; an undefined field has its default. */
  table(fields: readonly (FlatField | undefined)[]): FlatOffset {
    const end = this.#offset();
    const places = fields.map((field) => {
      if (field === undefined) return 0;
      if ('to' in field) {
        this.#align(4, 0);
        return this.#refer(field.to);
      }
      this.#align(field.bytes, 0);
      return this.#scalar(field);
    });
    this.#align(4, 0);
    const start = this.#scalar({ bytes: 4, value: 0 });
    for (const place of places.toReversed()) {
      this.#scalar({ bytes: 2, value: place === 0 ? 0 : start - place });
    }
    this.#scalar({ bytes: 2, value: start - end });
    const fieldsAt = this.#scalar({ bytes: 2, value: (fields.length + 2) * 2 });
    this.#view.setInt32(this.#bytes.length - start, fieldsAt - start, true);
    return start;
  }

  /** The bytes of the buffer, whose root is this table. */
  finish(root: FlatOffset): Uint8Array {
    this.#align(this.#alignment, 4);
    this.#refer(root);
    return this.#bytes.subarray(this.#head);
  }

  #offset(): FlatOffset {
    return this.#bytes.length - this.#head;
  }

  /** Pads, so that `size` bytes behind `further` ones will be aligned. */
  #align(size: number, further: number): void {
    this.#alignment = Math.max(this.#alignment, size);
    this.#reserve((size - ((this.#offset() + further) % size)) % size);
  }

  #refer(to: FlatOffset): FlatOffset {
    return this.#scalar({ bytes: 4, value: this.#offset() + 4 - to });
  }

  #scalar(scalar: Exclude<FlatField, { to: FlatOffset }>): FlatOffset {
    this.#reserve(scalar.bytes);
    if (scalar.bytes === 8) this.#view.setBigInt64(this.#head, scalar.value, true);
    else if (scalar.bytes === 4) this.#view.setInt32(this.#head, scalar.value, true);
    else if (scalar.bytes === 2) this.#view.setInt16(this.#head, scalar.value, true);
    else this.#view.setInt8(this.#head, scalar.value);
    return this.#offset();
  }

  /** Makes room for zero bytes at the beginning. */
  #reserve(count: number): void {
    if (this.#head < count) {
      const grown = new Uint8Array(2 * (this.#bytes.length + count));
      const written = this.#bytes.subarray(this.#head);
      grown.set(written, grown.length - written.length);
      this.#head = grown.length - written.length;
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#head -= count;
  }
}
