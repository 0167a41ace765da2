import assert from "node:assert/strict"
import { Random } from "../../../devs/sim/random.ts"
import { flipBit } from "../../support/damage.ts"
import { type Interview, interview } from "../../support/program.ts"

type Row = [endS: number, values: (number | null)[]]
interface Decoded {
    head: Record<string, unknown>
    firstSeq: number
    rows: Row[]
}

describe("a block of the firmware's journal", () => {
    let ask: Interview["ask"]
    before(async () => ({ ask } = await interview()))
    beforeEach(() => ask("ringNew", 60))

    const push = (rows: Row[]) => rows.forEach(([endS, values]) => ask("ringPush", endS, values))
    const encode = (index = 0) => ask<string>("blockOf", index)
    const decode = (hex: string) => ask<Decoded | null>("blockDecoded", hex)

    it("has exactly these bytes", () => {
        push([
            [60, [721, null, null, 2318, 2727]],
            [120, [714, null, null, 2315, 2727]],
        ])
        // check sum, boot 12-0a1b2c3d, seq 1, end 60, step 60, Unix 1422886740 at uptime 0, 3 dropped, 2 readings;
        // 0 11001 1, 721, 6818, 2727; 1, -7: 1110 01, -3: 10 01, 0: 0 00
        const bits =
            "0" + "11001" + "1" + b16(721) + b16(6818) + b16(2727) + "1" + "1110" + "01" + "10" + "01" + "0" + "00"
        const body = BigInt(`0b${bits.padEnd(72, "0")}`)
            .toString(16)
            .padStart(18, "0")
        assert.equal(encode().slice(4), `0c0000003d2c1b0a010000003c0000003c005487cf54030002${body}`)
    })

    const cases: Record<string, Row[]> = {
        "one reading": [[60, [721, null, null, null, null]]],
        "all five quantities": [
            [60, [721, 400, 0, 2318, 2727]],
            [120, [722, 405, 3, 2317, 2730]],
            [180, [720, 400, 1, 2319, 2725]],
        ],
        "jumps between the ends of every range": [
            [60, [0, 400, 0, -4500, 0]],
            [120, [40000, 60000, 60000, 13000, 10000]],
            [180, [0, 400, 0, -4500, 0]],
        ],
        "quantities that come and go": [
            [60, [721, null, null, 2318, null]],
            [120, [null, 400, 0, null, null]],
            [180, [730, null, null, 2400, 3000]],
            [240, [731, 401, 5, 2401, 3001]],
        ],
        "intervals without a reading": [60, 180, 240, 3600, 31_000_020].map(
            (endS): Row => [endS, [721, null, null, null, null]],
        ),
        "the last readings that there can be": [
            [31_457_160, [721, null, null, null, null]],
            [31_457_220, [722, null, null, null, null]],
        ],
    }
    for (const [name, rows] of Object.entries(cases))
        it(`returns ${name}`, () => {
            push(rows)
            const { head, firstSeq, rows: back } = decode(encode())!
            assert.deepEqual(back, rows)
            assert.equal(firstSeq, 1)
            assert.deepEqual(head, {
                boot: { count: 12, random: 0x0a1b2c3d },
                stepS: 60,
                offsetS: 1422886740,
                full: 3,
                firstSeq: 1,
                firstEndS: rows[0]![0],
                count: rows.length,
            })
        })

    it("returns random readings, as many as fit", () => {
        const random = new Random(5)
        const below = (limit: number) => Math.floor(random.next() * limit)
        for (let turn = 0; turn < 20; turn++) {
            ask("ringNew", 60)
            const spread = 2 ** below(15)
            const rows = Array.from(
                { length: 70 },
                (_, at): Row => [
                    60 * (at + 1),
                    [below(spread), 400 + below(spread), below(spread), below(spread) - 4500, below(100)].map(value =>
                        below(9) ? value : null,
                    ),
                ],
            )
            push(rows)
            const { rows: back } = decode(encode())!
            assert.ok(back.length >= 10, `${back.length} of spread ${spread}`)
            assert.deepEqual(back, rows.slice(0, back.length))
        }
    })

    it("begins at the given reading and holds at most 64 readings and 228 bytes", () => {
        ask("ringPushMany", 100, 60, 60, [721, 400, 0, 2318, 2727])
        const block = encode(10)
        const { firstSeq, rows } = decode(block)!
        assert.deepEqual([firstSeq, rows.length, rows[0]![0]], [11, 64, 660])
        ask("ringNew", 60)
        for (let at = 0; at < 64; at++)
            ask("ringPush", 60 * at, at % 2 ? [0, 400, 0, -4500, 0] : [40000, 60000, 60000, 13000, 10000])
        assert.ok(encode().length / 2 <= 228 && encode().length / 2 > 200)
    })

    it("is refused with any bit changed, truncated or empty", () => {
        push(cases["all five quantities"]!)
        const block = Buffer.from(encode(), "hex")
        for (let bit = 0; bit < 8 * block.length; bit++) {
            assert.equal(decode(flipBit(block, bit).toString("hex")), null, `bit ${bit}`)
        }
        for (const length of [0, 1, 26, 27, block.length - 1])
            assert.equal(decode(block.subarray(0, length).toString("hex")), null)
    })
})

const b16 = (value: number) => value.toString(2).padStart(16, "0")
