/**
 * One mishap from its begin to its end: a certificate that serves is due, something goes wrong, a round runs, and the
 * promise of the edge is checked; then it goes right again, and the next round finishes.
 */
import assert from "node:assert/strict"
import { createPrivateKey, createPublicKey } from "node:crypto"
import { readdir, readFile } from "node:fs/promises"
import path from "node:path"
import type { EdgeStatus } from "../../../../certs/edge-status.ts"
import { asAirpinError } from "../../../../certs/error.ts"
import { sha256Of } from "../../../../certs/sha256.ts"
import { parsePem } from "../../../../certs/x509/certificate.ts"
import { exitStatusOf } from "../../../../devs/commands/command.ts"
import { outcomeExits } from "../../../../devs/edge/renewal/report.ts"
import { runRound } from "../../../../devs/edge/renewal/round.ts"
import type { RoundOptions } from "../../../../devs/edge/renewal/round-context.ts"
import type { Parts } from "../../../../devs/edge/renewal/types.ts"
import { DAY_MS } from "../../support/renewal-world.ts"

/** A round as one who runs `airpin renew` sees it. */
export interface Ended {
    /** exit status */
    exit: number
    /** of the latest error, or of what was thrown */
    code: string | undefined
    /** what is said for people */
    text: string
    /** absent if the round threw */
    status?: EdgeStatus
}

/** A certificate that serves, and everything that a round works with. */
export interface MishapWorld {
    folder: string
    options: RoundOptions
    parts: Parts
    pass(ms: number): void
    /** default: in this process */
    run?(): Promise<Ended>
}

type Serves = "before" | "new" | "either"

export interface Mishap {
    /** Lets it go wrong. @returns ends it, when the round is over */
    begin(): Promise<() => unknown> | (() => unknown)
    /** the round in which it happens; default: as the other rounds */
    during?(): Promise<Ended>
    /** of that round */
    exit: number
    /** absent if nothing fails */
    code?: string
    /** what the round says */
    says?: RegExp
    /**
     * what serves after that round: what served before, or a new certificate; default before. In both cases `live` has it;
     * either: it served before, or `live` has it
     */
    serves?: Serves
}

/** Until the next round: a source or a deployment that has failed a few times waits for a day at most. */
const UNTIL_NEXT_MS = DAY_MS
/** of the 90 days of a certificate; then a quarter is left */
const UNTIL_DUE_MS = 68 * DAY_MS

export function endOf(status: EdgeStatus): Ended {
    const [error] = status.errors
    return { exit: outcomeExits[status.outcome], code: error?.code, text: textOf(status), status }
}

const textOf = ({ reasons, errors, nextLook }: EdgeStatus) =>
    [...reasons, ...errors.map(({ message }) => message), nextLook.why].join("\n")

/** A round in this process. */
export async function runHere({ options, parts }: MishapWorld): Promise<Ended> {
    try {
        return endOf(await runRound(options, parts))
    } catch (error) {
        const { code, message } = asAirpinError(error)
        return { exit: exitStatusOf(error), code, text: message }
    }
}

/** SHA-256 of the leaf that a device gets in a real handshake. */
const servedLeaf = async ({ parts }: MishapWorld) => sha256Of((await parts.handshake()).chain[0]!.der)

/** @returns the SHA-256 of what served before, and how the round ended in which it happened */
export async function suffer(world: MishapWorld, mishap: Mishap): Promise<{ before: string; ended: Ended }> {
    const run = () => world.run?.() ?? runHere(world)
    const { begin, during = run, exit, code, says = /^/, serves = "before" } = mishap
    world.pass(UNTIL_DUE_MS)
    const before = await liveLeaf(world.folder)
    const end = await begin()
    let ended: Ended
    try {
        ended = await during()
        assert.deepEqual([ended.exit, ended.code], [exit, code], ended.text)
        assert.match(ended.text, says)
        await requireServing(world, before, serves)
    } finally {
        await end()
    }
    world.pass(UNTIL_NEXT_MS)
    const next = await run()
    assert.deepEqual([next.exit, next.code], [0, undefined], `the next round: ${next.text}`)
    await requireServing(world, before, "new")
    await requireTidy(world.folder)
    return { before, ended }
}

/** What served before serves, or what is live; and the disk has no certificate with another's key. */
async function requireServing(world: MishapWorld, before: string, serves: Serves): Promise<void> {
    const [served, live] = [await servedLeaf(world), await liveLeaf(world.folder)]
    if (serves === "either") assert.ok([before, live].includes(served), "what serves is neither the old nor the new")
    else assert.equal(live, served, "live is not what serves")
    if (serves === "before") assert.equal(served, before, "what served before does not serve")
    if (serves === "new") assert.notEqual(served, before, "no new certificate serves")
    await requireWhole(world.folder)
}

/** SHA-256 of the leaf in `live`, the key of which is checked. */
const liveLeaf = (folder: string) => leafIn(path.join(folder, "live"))

/** Every version on the disk has one key and its chain; others see a version only under its number. */
async function requireWhole(folder: string): Promise<void> {
    for (const name of await readdir(path.join(folder, "versions")))
        if (/^\d+$/.test(name)) await leafIn(path.join(folder, "versions", name))
}

/** Nothing is left of a round that did not end. */
async function requireTidy(folder: string): Promise<void> {
    const names = [folder, path.join(folder, "versions")].map(each => readdir(each))
    assert.deepEqual(
        (await Promise.all(names)).flat().filter(name => name.startsWith(".")),
        [],
    )
}

async function leafIn(folder: string): Promise<string> {
    const read = (name: string) => readFile(path.join(folder, name), "utf8")
    const [chain, key] = [await read("fullchain.pem"), await read("privkey.pem")]
    const [leaf] = parsePem(chain)
    const publicKey = createPublicKey(createPrivateKey(key)).export({ type: "spki", format: "der" })
    assert.ok(publicKey.equals(leaf.spkiDer), `${folder} has the key of another certificate`)
    assert.equal(await read("combined.pem"), chain + key)
    return sha256Of(leaf.der)
}
