/**
 * Mutated responses to the firmware's posts. What the device does with each is
 * compared with an oracle that parses the same bytes as a whole, and with Node's
 * own parser. AIRPIN_FUZZ_RESPONSES sets their number, AIRPIN_FUZZ_SEED the seed.
 */
import assert from "node:assert/strict"
import { HostileResponses } from "./support/hostile-responses.ts"
import { type Exchange, inOnePiece, type Talk, talk } from "./support/lone-uplink.ts"
import { nodeReading } from "./support/node-reading.ts"
import { acknowledgementIn, type Meaning, meaningOf, rejectionIn } from "./support/response-oracle.ts"

const COUNT = Number(process.env.AIRPIN_FUZZ_RESPONSES ?? 5000)
const SEED = Number(process.env.AIRPIN_FUZZ_SEED ?? 1)
/** Posts per chip; each chip has its own seed. */
const PER_CHIP = 1000
/** One post in this many gets a good response. */
const GOOD_EVERY = 10
/** Posts with the heap watched, which runs the garbage collector at every allocation. */
const WATCHED = 60

const HEAP_BUDGET_BYTES = 24 * 1024
const GOOD_ANSWER = /^HTTP\/1\.1 200 OK\r\nDate: [\w ,:]{29}\r\nContent-Length: \d\d\r\n\r\n\{"ack":\d+\}$/
const GOOD_ANSWER_WITHIN_MS = 1000
/** An exchange ends after 20 s; the pauses after it are as short as possible here. */
const USUAL_MS = 25_000
/** The device yields for 1 ms after each 256 bytes, so it finishes a little after the last byte. */
const DEADLINE_MS = 19_500
const UNAUTHORISED_MS = 330_000
const RETRY_AFTER_MS = 3_630_000

/** Default, minimum and maximum of each setting that the server may change. */
const limits = new Map([
    ["INTERVAL_S", [60, 5, 3600]],
    ["BATCH", [5, 1, 30]],
    ["ALTITUDE_M", [0, 0, 3000]],
    ["PRESSURE_HPA", [0, 700, 1200]],
    ["ASC", [1, 0, 1]],
    ["LOW_POWER", [0, 0, 1]],
    ["CO2_FAIR_PPM", [1000, 400, 5000]],
    ["CO2_POOR_PPM", [2000, 400, 5000]],
] satisfies [string, number[]][])

/**
 * What Node refuses although RFC 9112 allows it, or although the firmware ignores
 * that part: bare LF (2.2), spaces before a chunk extension (7.1.1), malformed
 * field values and reason phrases, a `Content-Length` among the trailers, bytes after a
 * response that closes the connection.
 */
const stricterInNode = [
    "CLOSED_CONNECTION",
    "CR_EXPECTED",
    "INVALID_CHUNK_SIZE",
    "INVALID_CONTENT_LENGTH",
    "INVALID_HEADER_TOKEN",
    "INVALID_STATUS",
    "INVALID_VERSION",
    "LF_EXPECTED",
    "STRICT",
    "UNEXPECTED_CONTENT_LENGTH",
    "UNEXPECTED_SPACE",
].map(code => `HPE_${code}`)

/** A line whose text before the colon is not a token (RFC 9110, 5.6.2). */
const NO_TOKEN = /^[^:\n]*[^!#$%&'*+.^_`|~0-9A-Za-z:\n-][^:\n]*:/m

/** Reasons for which the device may refuse a valid response. */
const refusals: Record<string, (meaning: Meaning, exchange: Exchange) => boolean> = {
    "a last byte at the deadline of 20 s": (_, { said, heardAfterMs }) =>
        reasonsOf(said).includes("deadline") && heardAfterMs >= DEADLINE_MS,
    "a head of more than 8 kB": (_, { said }) => reasonsOf(said).includes("head-too-long"),
    "a body of more than 224 bytes": ({ body }) => body.length > 224,
    "a body that is not plain ASCII": ({ body }) => /[^\t\n\r -~]/.test(body),
    "more than eight brackets": ({ body }) => body.replaceAll(/[^[{]/g, "").length > 8,
    "half a surrogate pair": ({ body }) => /\\ud[89a-f]/i.test(body),
    "a field whose name is no token": (_, { said, text }) =>
        reasonsOf(said).includes("bad-header") && NO_TOKEN.test(text),
    "a CR that ends no line": (_, { said, text }) =>
        /bad-length|unknown-encoding/.test(reasonsOf(said).join()) && /\r([ \t]+\r?|\r)\n/.test(text),
    "a field without a colon in its first 96 bytes": (_, { said, text }) =>
        reasonsOf(said).includes("bad-header") && /^[^:\n]{96}/m.test(text),
    "a value of framing behind the first 96 bytes of its line": (_, { said, text }) =>
        /unknown-encoding|bad-length|bad-chunk/.test(reasonsOf(said).join()) &&
        /^(transfer-encoding|content-length):[^\n]{78}/im.test(text),
    "a chunk size of more than 6 digits": (_, { said, text }) =>
        reasonsOf(said).includes("bad-chunk") && /^[ \t]*[0-9a-f]{7}/im.test(text),
    "several lengths in one line, or one of more than 15 digits": (_, { said, text }) =>
        reasonsOf(said).includes("bad-length") && /length:[^\n]*(,|\d{16})/i.test(text),
}

const reasonsOf = (said: Exchange["said"]) =>
    said.flatMap(({ event, values }) => (event === "uplink" && values.reason ? [values.reason] : []))
const eventsOf = (said: Exchange["said"], name: string) => said.filter(({ event }) => event === name)
const ackedIn = ({ said }: Exchange) => eventsOf(said, "ack").map(({ values }) => Number(values.seq))
const lastSeq = ({ batch }: Exchange) => batch.seq + batch.count - 1
const shown = ({ text, end, batch }: Exchange) =>
    `${JSON.stringify(text)} then ${end}, to readings ${batch.seq} to ${batch.seq + batch.count - 1}`

/** What the response to a post acknowledges. */
function acknowledged(exchange: Exchange): { ack: number; desired?: unknown } | undefined {
    const meaning = meaningOf(exchange.text, exchange.end)
    const said = typeof meaning === "string" ? undefined : acknowledgementIn(meaning)
    return said && said.ack >= exchange.batch.seq && said.ack <= lastSeq(exchange) ? said : undefined
}

/** The reading that the response to a post rejects. */
function rejected(exchange: Exchange): number | undefined {
    const meaning = meaningOf(exchange.text, exchange.end)
    return typeof meaning === "string" ? undefined : rejectionIn(meaning)
}

const statusOf = ({ text, end }: Exchange) => {
    const meaning = meaningOf(text, end)
    return typeof meaning === "string" ? undefined : meaning.status
}

const countIn = (counters: Map<string, number>, what: string) => counters.set(what, (counters.get(what) ?? 0) + 1)
const listed = (counters: Map<string, number>) =>
    [...counters]
        .sort()
        .map(([what, count]) => `${count} ${what}`)
        .join("\n      ")

describe(`the firmware's uplink, and ${COUNT} mutated responses`, function () {
    this.timeout(30 * 60_000)
    const talks: Talk[] = []
    /** every completed exchange, with the next */
    const pairs: [Exchange, Exchange][] = []

    before(async () => {
        for (let chip = 0; chip * PER_CHIP < COUNT; chip++) {
            const hostile = new HostileResponses(SEED + chip)
            const count = Math.min(PER_CHIP, COUNT - chip * PER_CHIP)
            talks.push(await talk(count, (batch, at) => (at % GOOD_EVERY === 0 ? undefined : hostile.next(batch))))
        }
        for (const { exchanges } of talks)
            pairs.push(...exchanges.slice(1).map((next, at): [Exchange, Exchange] => [exchanges[at]!, next]))
    })

    it("are each followed by another post, without a panic or a fault of the program", () => {
        assert.equal(pairs.length, COUNT)
        assert.deepEqual(
            talks.flatMap(({ panics }) => panics),
            [],
        )
        assert.deepEqual(
            pairs.flatMap(([{ said }]) => eventsOf(said, "fault")),
            [],
        )
    })

    it("delay it no longer than allowed", () => {
        for (const [exchange, next] of pairs) {
            const mayMs = /retry-after/i.test(exchange.text)
                ? RETRY_AFTER_MS
                : [401, 403].includes(statusOf(exchange)!)
                  ? UNAUTHORISED_MS
                  : USUAL_MS
            const tookMs = next.batch.atMs - exchange.batch.atMs
            assert.ok(tookMs <= mayMs, `${tookMs} ms: ${shown(exchange)}`)
        }
    })

    it("never prevent it from accepting a good response", () => {
        const good = pairs.filter(([{ text }], at) => at % GOOD_EVERY === 0 && GOOD_ANSWER.test(text))
        assert.ok(good.length > 0.08 * COUNT, `${good.length} good responses`)
        for (const [exchange, next] of good) {
            assert.deepEqual(ackedIn(exchange), [lastSeq(exchange)], shown(exchange))
            assert.ok(next.batch.atMs - exchange.batch.atMs <= GOOD_ANSWER_WITHIN_MS, shown(exchange))
        }
    })

    it("are accepted as an ack only if they are one", () => {
        let count = 0
        for (const [exchange] of pairs) {
            const acked = ackedIn(exchange)
            assert.ok(acked.length <= 1, shown(exchange))
            if (acked.length === 0) continue
            assert.equal(acknowledged(exchange)?.ack, acked[0], shown(exchange))
            count++
        }
        assert.ok(count > COUNT / 6, `${count} acknowledged`)
    })

    it("take a reading out of the outbox only when it is acknowledged, or rejected by its number three times", () => {
        let rejections = 0
        let dropped = 0
        for (const [exchange, next] of pairs) {
            const { batch, said } = exchange
            if (ackedIn(exchange).length > 0 || batch.seq === 1) rejections = 0
            const seq = rejected(exchange)
            if (seq === batch.seq) rejections++
            else if (seq !== undefined && seq > batch.seq && seq <= lastSeq(exchange)) rejections = 0
            const lost = eventsOf(said, "lost")
            if (lost.length > 0) {
                assert.deepEqual(
                    lost.map(({ values }) => [values.reason, values.seq]),
                    [["rejected", String(batch.seq)]],
                    shown(exchange),
                )
                assert.ok(rejections >= 3, shown(exchange))
                rejections = 0
                dropped++
            }
            const gone = (ackedIn(exchange)[0] ?? batch.seq - 1) - batch.seq + 1 + lost.length
            assert.equal(next.batch.seq, batch.seq + gone, shown(exchange))
        }
        assert.ok(dropped > COUNT / 1000, `${dropped} dropped`)
    })

    it("are refused although valid only for reasons of the chip's limits", () => {
        const kinds = new Map<string, number>()
        for (const [exchange] of pairs) {
            if (ackedIn(exchange).length > 0 || !acknowledged(exchange)) continue
            const meaning = meaningOf(exchange.text, exchange.end) as Meaning
            const kind = Object.keys(refusals).find(name => refusals[name]!(meaning, exchange))
            assert.ok(kind, `${reasonsOf(exchange.said).join()}: ${shown(exchange)}`)
            countIn(kinds, kind)
        }
        report("refused", kinds)
    })

    it("change only settings of a response with an ack, within their limits", () => {
        let applied = 0
        for (const { exchanges } of talks)
            for (const [at, exchange] of exchanges.slice(1, -1).entries()) {
                const changed = changes(exchanges[at]!, exchange)
                const desired = acknowledged(exchange)?.desired as Record<string, unknown> | undefined
                for (const [name, value] of changed)
                    assert.ok(
                        isAllowed(name, desired?.[name]) && String(desired![name]) === value,
                        `${name}=${value}: ${shown(exchange)}`,
                    )
                applied += changed.length
            }
        assert.ok(applied > COUNT / 300, `${applied} settings applied`)
    })

    it("apply every good setting of a new revision", () => {
        for (const { exchanges } of talks) {
            let revision = 0
            for (const exchange of exchanges.slice(0, -1)) {
                const desired = ackedIn(exchange).length > 0 ? acknowledged(exchange)?.desired : undefined
                if (
                    !isMap(desired) ||
                    !Number.isInteger(desired.revision) ||
                    (desired.revision as number) <= 0 ||
                    (desired.revision as number) >= 1e15
                )
                    continue
                if (desired.revision !== revision) assertApplied(exchange, desired)
                revision = desired.revision as number
            }
        }
    })

    it("mean to Node's own parser, where it takes them, what they mean to the device", async () => {
        const kinds = new Map<string, number>()
        for (const [exchange] of pairs) {
            const acked = ackedIn(exchange)[0]
            if (acked === undefined) continue
            const parsed = await nodeReading(exchange.text, exchange.end)
            countIn(kinds, typeof parsed === "string" ? parsed : "parsed")
            if (typeof parsed !== "string")
                assert.equal(
                    acknowledgementIn({ ...parsed, retryAfter: false, length: 0 })?.ack,
                    acked,
                    shown(exchange),
                )
        }
        report("to Node", kinds)
        assert.deepEqual(
            [...kinds.keys()].filter(kind => kind !== "parsed" && !stricterInNode.includes(kind)),
            [],
        )
        assert.ok(kinds.get("parsed")! > COUNT / 7)
    })

    it("need at most 24 kB of heap", async () => {
        const hostile = new HostileResponses(SEED)
        const { heapPeakBytes } = await talk(WATCHED, batch => hostile.next(batch), true)
        assert.ok(heapPeakBytes > 10_000 && heapPeakBytes <= HEAP_BUDGET_BYTES, `${heapPeakBytes} bytes`)
    })

    function report(what: string, kinds: Map<string, number>): void {
        if (process.env.AIRPIN_FUZZ_RESPONSES) console.log(`      ${what}:\n      ${listed(kinds)}`)
    }
})

describe("the firmware's uplink refuses, because RFC 9112 or RFC 8259 does not allow it,", () => {
    const sized = (body: string, line = "HTTP/1.1 200", before = "", behind = "") =>
        `${line}\r\n${before}Content-Length: ${body.length}${behind}\r\n\r\n${body}`

    /** The smallest examples; the post has readings 1 to 30. */
    const smallest: Record<string, string> = {
        "HTTP/1 with a minor version that is no digit": sized('{"ack":30}', "HTTP/1.x 200"),
        "a line of framing longer than 96 bytes": sized('{"ack":30}', "HTTP/1.1 200", "", `${" ".repeat(96)}5`),
        "a field that looks like one of framing, but is not named so": sized(
            '{"ack":30}',
            "HTTP/1.1 200",
            "Content-Length : 5\r\n",
        ),
        "a white space other than space and tab": sized('{"ack":30}', "HTTP/1.1 200", "", "\v"),
        "chunked, twice":
            'HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\na\r\n{"ack":30}\r\n0\r\n\r\n',
        "a hexadecimal number": sized('{"ack":0x1e}'),
        "a number with a zero in front": sized('{"ack":030}'),
        "a number with a point and nothing behind": sized('{"ack":30.}'),
        "a line break within a text": sized('{"ack":30,"x":"\n"}'),
        "an escaped line break within a text": sized('{"ack":30,"x":"\\\n"}'),
    }
    for (const [name, text] of Object.entries(smallest))
        it(name, async () => {
            const { exchanges } = await talk(1, () => inOnePiece(text))
            assert.deepEqual(ackedIn(exchanges[0]!), [])
            assert.equal(acknowledged(exchanges[0]!), undefined)
        })

    it("an infinite revision of settings, but not the ack with it", async () => {
        const { exchanges, infinitePosts } = await talk(2, (_, at) =>
            at === 0 ? inOnePiece(sized('{"ack":30,"desired":{"revision":1e309}}')) : undefined,
        )
        assert.deepEqual([ackedIn(exchanges[0]!), infinitePosts], [[30], 0])
    })
})

const isMap = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value)

function isAllowed(name: string, value: unknown): boolean {
    const [standard, least, most] = limits.get(name) ?? []
    return (
        Number.isInteger(value) && (value === standard || ((value as number) >= least! && (value as number) <= most!))
    )
}

/** Names and new values of settings that changed in flash, without those of boot and journal. */
function changes(before: Exchange, after: Exchange): [string, string][] {
    if (before.settings === after.settings) return []
    return Object.entries(after.settings).filter(
        ([name, value]) => before.settings[name] !== value && !/^(bootCount|bootOther|j\d\d|jEnd)$/.test(name),
    )
}

function assertApplied(exchange: Exchange, desired: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(desired))
        if (isAllowed(name, value))
            assert.equal(
                exchange.settings[name] ?? String(limits.get(name)![0]),
                String(value),
                `${name}: ${shown(exchange)}`,
            )
}
