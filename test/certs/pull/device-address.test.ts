import assert from "node:assert/strict"
import { deviceAddresses, type Resolvers } from "../../../certs/pull/device-address.ts"
import { hasCode } from "../../support/error-code.ts"

const A = (address: string) => ({ address, family: 4 })
const AAAA = (address: string) => ({ address, family: 6 })
const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }))

const resolvers = (changes: Partial<Resolvers> = {}): Resolvers => ({
    lookup: async () => [A("192.0.2.1")],
    resolve4: async () => ["192.0.2.1"],
    ...changes,
})

describe("the addresses at which devices reach a server", () => {
    it("are all IPv4 addresses of the name, in the resolver's order, without IPv6", async () => {
        const lookup = async () => [AAAA("2001:db8::1"), A("192.0.2.2"), A("192.0.2.1"), A("192.0.2.2")]
        assert.deepEqual(await deviceAddresses("air.test", resolvers({ lookup })), {
            addresses: ["192.0.2.2", "192.0.2.1"],
            warnings: [],
        })
    })

    it("are none for a name with IPv6 addresses only, and the error names them", async () => {
        const lookup = async () => [AAAA("2001:db8::1"), AAAA("2001:db8::2")]
        await assert.rejects(deviceAddresses("air.test", resolvers({ lookup })), {
            code: "HOST_WITHOUT_IPV4",
            message: "air.test has no IPv4 address, only 2001:db8::1, 2001:db8::2; devices connect over IPv4 only",
        })
    })

    it("are an IPv4 address as given, and never an IPv6 address", async () => {
        const none = resolvers({ lookup: failing("EAI_FAIL"), resolve4: failing("EREFUSED") })
        assert.deepEqual(await deviceAddresses("192.0.2.7", none), { addresses: ["192.0.2.7"], warnings: [] })
        for (const address of ["::1", "2001:db8::1", "::ffff:192.0.2.1"])
            await assert.rejects(deviceAddresses(address, none), hasCode("HOST_WITHOUT_IPV4"))
    })

    it("are never 0.0.0.0, which only a server that listens can use", async () => {
        const error = { code: "HOST_INVALID", nextStep: "give an address of the server itself" }
        await assert.rejects(deviceAddresses("0.0.0.0", resolvers()), error)
    })

    it("are not found for an unknown name", async () => {
        for (const code of ["ENOTFOUND", "EAI_AGAIN"])
            await assert.rejects(
                deviceAddresses("air.test", resolvers({ lookup: failing(code) })),
                hasCode("HOST_NOT_FOUND"),
            )
    })

    it("come with a warning when the name is not in DNS: hosts file, search domain or mDNS", async () => {
        for (const code of ["ENOTFOUND", "ENODATA"]) {
            const { warnings } = await deviceAddresses("vm", resolvers({ resolve4: failing(code) }))
            assert.match(warnings.join(), /^DNS has no A record for "vm": only this machine knows the name/)
        }
        const { warnings } = await deviceAddresses("pi.local", resolvers())
        assert.match(warnings.join(), /^devices do not resolve "pi\.local"/)
    })

    it("come without a warning when DNS does not respond, and for localhost", async () => {
        for (const code of ["ETIMEOUT", "ECONNREFUSED", "ESERVFAIL"])
            assert.deepEqual((await deviceAddresses("vm", resolvers({ resolve4: failing(code) }))).warnings, [])
        const { addresses, warnings } = await deviceAddresses("localhost")
        assert.deepEqual({ addresses, warnings }, { addresses: ["127.0.0.1"], warnings: [] })
    })
})
