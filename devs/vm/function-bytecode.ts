/**
 * The part of a program's image that its functions take. The runtime's program counter has 16 bits, and
 * only its verifier checks that. Layout: DeviceScript 2.16 `bytecode/bytecode.md`: a header of 32 bytes,
 * then for each section its start and length, u32; the functions' code is the second section.
 */

/** Image offset at which the last function must end. */
export const MAX_FUNCTIONS_END = 0x10000
const CODE_SECTION_AT = 32 + 8

/** Image offset of the end of the last function, bytes. */
export function functionsEnd(bytecode: Buffer): number {
    return bytecode.readUInt32LE(CODE_SECTION_AT) + bytecode.readUInt32LE(CODE_SECTION_AT + 4)
}
