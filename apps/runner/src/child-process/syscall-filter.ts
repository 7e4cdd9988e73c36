/*
 * A seccomp filter as kernel bytecode, for `bwrap --seccomp`. System calls that attackers use and
 * no child needs return EPERM. Numbers: the kernel's arch/x86/entry/syscalls/syscall_64.tbl and
 * include/uapi/asm-generic/unistd.h.
 */

/**
 * ptrace, process_vm_readv and writev, mount, umount2, pivot_root, unshare, setns, bpf, keyctl,
 * add_key, request_key, …
 */
const REFUSED: Record<string, { arch: number; calls: readonly number[] }> = {
  x64: {
    arch: 0xc000_003e,
    calls: [
      101, 310, 311, 165, 166, 155, 272, 308, 321, 250, 248, 249, 246, 320, 298, 323, 304, 175, 313,
      176, 425, 169, 167,
    ],
  },
  arm64: {
    arch: 0xc000_00b7,
    calls: [
      117, 270, 271, 40, 39, 41, 97, 268, 280, 219, 217, 218, 104, 294, 241, 282, 265, 105, 273,
      106, 425, 142, 224,
    ],
  },
};

const LOAD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_AT_LEAST = 0x35;
const RETURN = 0x06;

const ALLOW = 0x7fff_0000;
const EPERM = 0x0005_0001;
const KILL = 0x8000_0000;

/** The first number of x64's second table of the same calls (x32). */
const X32_FIRST = 0x4000_0000;

/** Returns the filter for a processor architecture; undefined for an unknown one. */
export function syscallFilter(arch: string): Buffer | undefined {
  const known = REFUSED[arch];
  if (known === undefined) return undefined;
  const { calls } = known;
  const program: [code: number, whenTrue: number, whenFalse: number, value: number][] = [
    [LOAD, 0, 0, 4],
    [JUMP_IF_EQUAL, 1, 0, known.arch],
    [RETURN, 0, 0, KILL],
    [LOAD, 0, 0, 0],
    [JUMP_IF_AT_LEAST, calls.length + 1, 0, X32_FIRST],
    ...calls.map((call, n): [number, number, number, number] => [
      JUMP_IF_EQUAL,
      calls.length - n,
      0,
      call,
    ]),
    [RETURN, 0, 0, ALLOW],
    [RETURN, 0, 0, EPERM],
  ];
  const bytes = Buffer.alloc(program.length * 8);
  for (const [n, [code, whenTrue, whenFalse, value]] of program.entries()) {
    bytes.writeUInt16LE(code, n * 8);
    bytes.writeUInt8(whenTrue, n * 8 + 2);
    bytes.writeUInt8(whenFalse, n * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, n * 8 + 4);
  }
  return bytes;
}
