import assert from "node:assert/strict"
import { readdir, readFile } from "node:fs/promises"
import path from "node:path"
import { projectDirectory } from "../../devs/vm/build-cache.ts"
import {
    isAllowed,
    lossReasons,
    MAX_BATCH,
    quantities,
    remoteSettingNames,
    restartReasons,
    settingRange,
    uplinkStates,
} from "../../src/wire.ts"

const DIRECTORY = path.join(projectDirectory, "src")

describe("the wire contract in the firmware", () => {
    let source: string
    before(async () => {
        const files = (await readdir(DIRECTORY, { recursive: true })).filter(
            file => file.endsWith(".ts") && file !== "wire.ts",
        )
        source = (await Promise.all(files.map(file => readFile(path.join(DIRECTORY, file), "utf8")))).join("\n")
    })

    /** Every text literal that the pattern captures, sorted. */
    const literals = (pattern: RegExp) =>
        [...new Set([...source.matchAll(pattern)].flatMap(match => match.slice(1).filter(Boolean)))].sort()

    it("has a log line for each loss reason, and for no other", () => {
        assert.deepEqual(literals(/logLoss\("([\w-]+)"/g), [...lossReasons()].sort())
    })

    it("has a cause for each restart reason, and for no other", () => {
        const returned = literals(/return "(\w+)"\n|\? "(uptime|stalled|settings)" : undefined/g)
        assert.deepEqual(
            returned.filter(reason => (restartReasons() as readonly string[]).includes(reason)),
            [...restartReasons()].sort(),
        )
    })

    it("enters each state of the uplink, and no other", () => {
        const entered = literals(
            /(?:enter|fail|UplinkError)\((?:status === 429 \|\| status === 503 \? )?"([\w-]+)"(?: : "([\w-]+)")?/g,
        )
        const sensorStates = ["starting", "warming", "ready", "absent", "failed"]
        const states = entered.filter(state => !sensorStates.includes(state))
        assert.deepEqual([...states, "unconfigured"].sort(), [...uplinkStates()].sort())
        assert.match(source, /uplink state=unconfigured /)
    })

    it("reads every setting that the server may change from flash, or does it at once", () => {
        const read = literals(/read(?:Number|Signed)\("(\w+)"\)/g)
        assert.deepEqual(
            [...read.filter(name => name !== "RAM_READINGS"), "RECALIBRATE_PPM"].sort(),
            [...remoteSettingNames()].sort(),
        )
        for (const name of read) assert.ok(settingRange(name), name)
    })

    it("finds a range by its whole name only, and bounds a batch as the outbox does", () => {
        assert.deepEqual(settingRange("UTC_OFFSET_MIN"), { default: 0, min: -720, max: 840 })
        assert.equal(settingRange("BATCH")?.max, MAX_BATCH)
        for (const name of ["", "BATC", "ATCH", "BATCH 5", "BATCH 5 1 30|ASC", "BATCH|", "batch"])
            assert.equal(isAllowed(name, 1), false, name)
    })

    it("has as many quantities as a slot of the outbox in RAM", () => {
        assert.match(source, new RegExp(`valueBits = hex\`(?:[0-9a-f]{2} ?){${quantities().length}}\``))
    })
})
