import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import path from "node:path"
import { faultKinds } from "../../devs/sim/faults/kinds.ts"
import { type FaultOptions, readFaults } from "../../devs/testbed/sim-faults.ts"
import { airpin, temporaryFolder } from "../support/airpin.ts"

describe("airpin sim with faults", () => {
    it("lists every fault in its help", async () => {
        const { stdout } = await airpin(["sim", "--help"])
        for (const kind of Object.keys(faultKinds)) assert.match(stdout, new RegExp(`^  ${kind} +\\S.*`, "m"))
    })

    it("shows each fault as it starts and ends, and sums up restarts, gaps and the plaintext an impostor received", async () => {
        const folder = await temporaryFolder()
        const list = path.join(folder, "bad-hour.json5")
        await writeFile(
            list,
            '[{ kind: "tls-impostor", at: "10m", for: "5m" }, // another CA\n{ kind: "power-cut", at: "22m", for: 60 }]',
        )
        const sim = [
            "sim",
            "--speed",
            "max",
            "--for",
            "2700",
            "--interval",
            "20",
            "--batch",
            "5",
            "--fault",
            "wifi-off at=18m for=90s",
            "--faults",
            list,
        ]
        const { code, stdout, stderr } = await airpin(sim, folder)
        assert.equal(code, 0, stderr)
        for (const shown of [
            /^\d\d:\d\d:\d\d +fault starts: wifi-off at=18m for=90s\n/m,
            /fault ends: tls-impostor at=10m for=5m\n/,
            /fault starts: power-cut at=22m for=1m\n/,
            /^readings +1\d\d taken, 1\d\d acknowledged, 0 lost, 0 duplicated$/m,
            /^restarts +0 by the firmware, 1 power cut, \d+ intervals without a reading/m,
            /^impostor +0 bytes of plaintext/m,
        ])
            assert.match(stdout, shown)
        assert.doesNotMatch(stdout, /triggers/)
    })

    const ids = ["m5stack-1", "m5stack-2"]
    const refused: [string, FaultOptions, string][] = [
        ["a fault that does not exist", { fault: ["wifi-of at=2h"] }, "FAULT_UNKNOWN"],
        ["a value out of range", { fault: ["response-status code=99"] }, "FAULT_INVALID"],
        ["a device that does not exist", { fault: ["wifi-off devices=m5stack-3"] }, "FAULT_DEVICE_UNKNOWN"],
        [
            "a list that is not JSON5",
            { faults: "test/fixtures/faults/FAULTS_UNREADABLE.syntax.json5" },
            "FAULTS_UNREADABLE",
        ],
        ["a list that does not exist", { faults: "no-such-file.json5" }, "FILE_UNREADABLE"],
        ["a server fault with --api", { api: "https://localhost:1", fault: ["response-lost"] }, "FAULT_NEEDS_OWN_API"],
        ["a server fault with --image", { image: "device.bin", fault: ["tls-impostor at=1h"] }, "FAULT_NEEDS_OWN_API"],
    ]
    for (const [what, options, code] of refused)
        it(`refuses ${what}`, () => assert.rejects(readFaults(options, ids), { code }))

    it("accepts faults of the device, its bus and its network with --api and --image", async () => {
        const fault = [
            "wifi-off at=1h",
            "connect-silent chance=0.1",
            "sensor-nack",
            "power-cut at=2h for=5s devices=m5stack-2",
        ]
        assert.equal((await readFaults({ fault, api: "https://localhost:1" }, ids)).length, 4)
        assert.equal((await readFaults({ fault, image: "device.bin" }, ids)).length, 4)
    })
})
