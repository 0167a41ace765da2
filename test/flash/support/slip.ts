/** SLIP, RFC 1055. */
export const SLIP_END = 0xc0
const SLIP_ESC = 0xdb
const SLIP_ESC_END = 0xdc
const SLIP_ESC_ESC = 0xdd

/** The bytes as a frame, with SLIP_END before and behind. */
export function escapeSlip(bytes: Buffer): Buffer {
    const escaped = [...bytes].flatMap(byte => {
        if (byte === SLIP_END) return [SLIP_ESC, SLIP_ESC_END]
        return byte === SLIP_ESC ? [SLIP_ESC, SLIP_ESC_ESC] : [byte]
    })
    return Buffer.of(SLIP_END, ...escaped, SLIP_END)
}

/** The bytes of a frame without its SLIP_ENDs. */
export function unescapeSlip(frame: number[]): Buffer {
    const bytes: number[] = []
    for (let at = 0; at < frame.length; at++) {
        if (frame[at] !== SLIP_ESC) bytes.push(frame[at]!)
        else bytes.push(frame[++at] === SLIP_ESC_END ? SLIP_END : SLIP_ESC)
    }
    return Buffer.from(bytes)
}
