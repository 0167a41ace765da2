import assert from "node:assert/strict"
import type { LocalCa } from "../../../certs/local-ca.ts"
import { parsePem } from "../../../certs/x509/certificate.ts"
import { type ComingChain, type FleetMember, judgeFleet } from "../../../devs/fleet/trust/fleet-trust.ts"
import { visitList } from "../../../devs/fleet/trust/visit-list.ts"
import { inOrder, walkTo } from "../../../devs/fleet/trust/walk.ts"
import { temporaryCa } from "../../support/tls-servers.ts"
import { madeUpFleet } from "./made-up-fleet.ts"

describe("devs/fleet/trust", () => {
    let old: LocalCa
    let next: LocalCa
    let fleet: FleetMember[]

    before(async () => {
        old = await temporaryCa({ rootName: "Old root", serverNames: ["air.test"] })
        next = await temporaryCa({ rootName: "New root", serverNames: ["air.test"] })
        fleet = madeUpFleet(old, next)
    })

    const chainOf = (ca: LocalCa, names = ["air.test"]): ComingChain => ({
        label: "tomorrow",
        certificates: parsePem(ca.server.chainPem),
        names,
    })
    const idsOf = (stand: string, chains: ComingChain[]) =>
        judgeFleet(fleet, chains)
            .filter(device => device.stand === stand)
            .map(({ id }) => Number(id.replace("room-", "")))

    it("judges each device by its own bundle, and does not guess where none is known", () => {
        const chains = [chainOf(next)]
        assert.deepEqual(idsOf("refuses", chains), [1, 2, 3, 4, 5, 6, 7])
        assert.deepEqual(idsOf("unknown", chains), [20])
        assert.equal(idsOf("accepts", chains).length, 12)
        assert.match(judgeFleet(fleet, chains)[0]?.reason ?? "", /^refused: .*New root/)
    })

    it("takes the worst of several chains, and names the one that would be refused", () => {
        const chains = [{ ...chainOf(old), label: "in use" }, chainOf(next)]
        assert.deepEqual(idsOf("refuses", chains), [1, 2, 3, 4, 5, 6, 7, 14, 15, 16, 17, 18, 19])
        assert.deepEqual(idsOf("accepts", chains), [8, 9, 10, 11, 12, 13])
        assert.match(judgeFleet(fleet, chains)[13]?.reason ?? "", /^in use: refused: /)
    })

    it("judges a chain without its leaf, and one for another name", () => {
        const [, ...cas] = parsePem(next.server.chainPem)
        assert.deepEqual(idsOf("refuses", [{ label: "CAs", certificates: cas, names: [] }]), [1, 2, 3, 4, 5, 6, 7])
        assert.equal(idsOf("refuses", [chainOf(next, ["elsewhere.test"])]).length, 19)
    })

    it("knows nothing without a chain", () => {
        assert.equal(idsOf("unknown", []).length, 20)
    })

    it("walks building by building and floor by floor, the first end first, and those without a group last", () => {
        const refusing = judgeFleet(fleet, [chainOf(next)]).filter(({ stand }) => stand === "refuses")
        const stops = walkTo(refusing).map(({ building, floor, devices }) => [
            building,
            floor,
            ...devices.map(({ name }) => name),
        ])
        assert.deepEqual(stops, [
            ["West", "Floor 1", "Room 2", "Room 4"],
            ["West", "Floor 0", "Room 7"],
            ["East", "Floor 2", "Room 6", "Room 1"],
            ["East", "Floor 10", "Room 3"],
            ["", "", "Room 5"],
        ])
    })

    it("lists those that would refuse in the order of the walk, then the unknown, then the others", () => {
        const names = inOrder(judgeFleet(fleet, [chainOf(next)])).map(({ id }) => Number(id.replace("room-", "")))
        assert.deepEqual(names.slice(0, 8), [2, 4, 7, 6, 1, 3, 5, 20])
        assert.equal(names.length, 20)
    })

    it("writes a list to take along, in which no cell is computed by a spreadsheet", () => {
        const [one, two] = inOrder(judgeFleet(fleet, [chainOf(next)]))
        assert.ok(one && two)
        const text = visitList(
            [
                { ...one, name: "=1+1" },
                { ...two, name: 'a, "b"', reason: "r" },
            ],
            1,
            new Map(),
        )
        const [head, first, second] = text.split("\r\n")
        assert.equal(head, "done,visit,name,id,building,floor,stand,first end,anchors,board,firmware,last seen,reason")
        assert.match(
            first ?? "",
            /^,1,'=1\+1,room-2,West,Floor 1,refuses,2028-06-01,CN=Old root until 2028-06-01,M5Stack,,2026-/,
        )
        assert.match(second ?? "", /^,,"a, ""b""",room-4,/)
    })
})
