import assert from "node:assert/strict"
import type { NetworkInterfaceInfo } from "node:os"
import { reachOf } from "../../devs/pins/own-addresses.ts"

const address = (text: string, internal = false): NetworkInterfaceInfo => {
    const rest = { netmask: "", mac: "", cidr: null, address: text, internal }
    return text.includes(":") ? { ...rest, family: "IPv6", scopeid: 0 } : { ...rest, family: "IPv4" }
}
const interfaces = {
    lo: [address("127.0.0.1", true), address("::1", true)],
    eth0: [address("192.168.1.20"), address("fd00::2")],
    wlan0: [address("10.0.0.5")],
}

describe("the reach of a server", () => {
    for (const listen of ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
        it(`is this machine only at ${listen}`, () => {
            const { isLocal, hosts } = reachOf(listen, interfaces)
            assert.deepEqual([isLocal, hosts], [true, [listen]])
        })

    for (const listen of ["0.0.0.0", "::"])
        it(`is every IPv4 address of the machine at ${listen}, and never ${listen} itself`, () => {
            const { isLocal, hosts } = reachOf(listen, interfaces)
            assert.deepEqual([isLocal, hosts], [false, ["192.168.1.20", "10.0.0.5"]])
        })

    it("is one address where only that one is listened on", () => {
        const { isLocal, hosts } = reachOf("10.0.0.5", interfaces)
        assert.deepEqual([isLocal, hosts], [false, ["10.0.0.5"]])
    })

    it("is this machine only where it has no network", () => {
        assert.equal(reachOf("0.0.0.0", { lo: interfaces.lo }).isLocal, true)
    })
})
