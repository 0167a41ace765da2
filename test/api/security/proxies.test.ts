import assert from "node:assert/strict"
import { addressMatcher, proxyAddresses } from "../../../devs/api/access/proxy-addresses.ts"
import { type ClosedWorld, openClosedWorld } from "./closed-world.ts"

describe("behind a proxy", () => {
    let world: ClosedWorld

    afterEach(() => world.end())

    /** Asks often enough to use up what one address may, with what the proxy sends of a client. */
    async function statusesOf(forwarded: (at: number) => string, remoteAddress: string): Promise<number[]> {
        const statuses = []
        for (let at = 0; at < 4; at++) {
            const headers = { "x-forwarded-for": forwarded(at) }
            statuses.push((await world.app.inject({ url: "/log-in", headers, remoteAddress })).statusCode)
        }
        return statuses
    }

    it("a client cannot choose its address, if no proxy is stated", async () => {
        world = await openClosedWorld({ maxReads: 3 })
        assert.deepEqual(await statusesOf(at => `203.0.113.${at}`, "192.0.2.1"), [200, 200, 200, 429])
    })

    it("the address is the one that the stated proxy added last", async () => {
        world = await openClosedWorld({ maxReads: 3, trustProxy: proxyAddresses("10.0.0.0/8, 127.0.0.1") })
        assert.deepEqual(await statusesOf(at => `203.0.113.${at}`, "10.1.2.3"), [200, 200, 200, 200])
        const forged = (at: number) => `203.0.113.${at}, 198.51.100.7`
        assert.deepEqual(await statusesOf(forged, "10.1.2.3"), [200, 200, 200, 429])
    })

    it("anyone else's X-Forwarded-For is ignored, -Host and -Proto too", async () => {
        world = await openClosedWorld({ maxReads: 3, trustProxy: ["10.0.0.0/8"] })
        assert.deepEqual(await statusesOf(at => `203.0.113.${at}`, "192.0.2.1"), [200, 200, 200, 429])
        const ask = async (remoteAddress: string) => {
            const headers = { "x-forwarded-proto": "https", host: "air.example.org" }
            return (await world.app.inject({ url: "/icon.svg", headers, remoteAddress })).headers
        }
        assert.equal((await ask("192.0.2.2"))["strict-transport-security"], undefined)
        assert.equal((await ask("10.0.0.1"))["strict-transport-security"], "max-age=31536000")
    })

    it("a stated proxy may open any number of connections, written as IPv4 or as IPv6", async () => {
        world = await openClosedWorld()
        const isProxy = addressMatcher(proxyAddresses("10.0.0.0/8,192.0.2.1,2001:db8::/32"))
        for (const address of ["10.1.2.3", "::ffff:10.1.2.3", "192.0.2.1", "2001:db8::1"])
            assert.equal(isProxy(address), true, address)
        for (const address of ["11.0.0.1", "::ffff:11.0.0.1", "192.0.2.2", "2001:db9::1", "unknown"])
            assert.equal(isProxy(address), false, address)
    })

    it("a proxy is stated by addresses and networks, and nothing else", async () => {
        world = await openClosedWorld()
        assert.deepEqual(proxyAddresses("127.0.0.1,10.0.0.0/8, ::1,2001:db8::/32"), [
            "127.0.0.1",
            "10.0.0.0/8",
            "::1",
            "2001:db8::/32",
        ])
        for (const text of [
            "",
            "proxy.example.org",
            "10.0.0.0/33",
            "10.0.0.0/",
            "::/129",
            "0.0.0.0/0",
            "::/0",
            "1",
            "true",
            "10.0.0.1,,",
        ])
            assert.throws(() => proxyAddresses(text), { code: "PROXY_ADDRESS_INVALID" }, text)
    })
})
