import assert from "node:assert/strict"
import { copyFile, readFile, rename, rm, writeFile } from "node:fs/promises"
import { createServer } from "node:http"
import { withExchange } from "../../../devs/edge/acme/acme-transport.ts"
import { CertbotSource } from "../../../devs/edge/acme/certbot.ts"
import { withConnection } from "../../../devs/edge/acme/connection.ts"
import { webrootSolver } from "../../../devs/edge/acme/webroot.ts"
import { temporaryCa } from "../../support/tls-servers.ts"
import { type InjectedFault, type RenewalReply, renewalReplies } from "../support/ca-facade.ts"
import type { ChainShape } from "../support/chain-shapes.ts"
import { pebbleMissing } from "../support/pebble.ts"
import { NAME } from "../support/renewal-world.ts"
import { type CaWorld, caWorld } from "./support/ca-world.ts"
import { type Mishap, runHere, suffer } from "./support/mishap.ts"

describe("a mishap of the CA:", () => {
    let world: CaWorld

    before(async function () {
        const missing = pebbleMissing()
        if (missing !== undefined) {
            console.log(`        skipped: ${missing}`)
            return this.skip()
        }
        world = await caWorld()
        assert.equal((await runHere(world)).exit, 0)
    })
    after(() => world?.stop())

    /** How it goes wrong at the CA; everything is well again afterwards. */
    const atCa = (work: (world: CaWorld) => void) => () => {
        work(world)
        return () => world.calm()
    }
    const always = (on: InjectedFault["on"], fault: InjectedFault["fault"]) =>
        atCa(({ facade }) => facade.inject({ on, times: Infinity, fault }))
    const failing = (code: string, begin: Mishap["begin"], says?: RegExp): Mishap => ({
        begin,
        exit: 1,
        code,
        ...(says && { says }),
    })
    const sends = (fault: NonNullable<ChainShape["fault"]>) =>
        atCa(({ facade }) => (facade.chains = [{ intermediate: "E1", root: "Root A", fault }]))

    it("it is down", async () => {
        await suffer(
            world,
            failing(
                "ACME_UNREACHABLE",
                atCa(({ facade }) => (facade.isDown = true)),
            ),
        )
    })

    it("it is slow", async () => {
        const { ended } = await suffer(world, failing("ACME_UNREACHABLE", always("newOrder", { delayMs: 700 })))
        assert.match(ended.text, /no complete response within 500 ms/)
    })

    it("it replies 500 to everything", async () => {
        const fault = { status: 500, detail: "maintenance" }
        await suffer(world, failing("ACME_SERVER_ERROR", always("directory", fault)))
    })

    it("it limits the rate", async () => {
        const fault = { status: 429, type: "rateLimited", detail: "too many certificates", retryAfter: "3600" }
        const { ended } = await suffer(world, failing("ACME_RATE_LIMITED", always("newOrder", fault)))
        assert.equal(ended.status!.nextLook.at, new Date(Date.parse(ended.status!.at) + 3600_000).toISOString())
    })

    it("it refuses a nonce", async () => {
        const fault = { status: 400, type: "badNonce" }
        const begin = atCa(({ facade }) => facade.inject({ on: "newOrder", times: 2, fault }))
        await suffer(world, { begin, exit: 0, serves: "new" })
    })

    it("it refuses every nonce", async () => {
        await suffer(world, failing("ACME_SERVER_ERROR", always("newOrder", { status: 400, type: "badNonce" })))
    })

    it("it says that the certificate was replaced already (409)", async () => {
        const isReplacing = (payload: unknown) =>
            typeof payload === "object" && payload !== null && "replaces" in payload
        const begin = () => {
            const { facade, parts } = world
            world.calm()
            facade.renewalInfo = () => renewalReplies.past(parts.now().getTime())
            facade.inject({
                on: "newOrder",
                times: Infinity,
                when: ({ payload }) => isReplacing(payload),
                fault: { status: 409, type: "alreadyReplaced", detail: "already replaced" },
            })
            return () => {
                const orders = facade.asked.filter(({ kind }) => kind === "newOrder")
                world.calm()
                assert.deepEqual(
                    orders.map(({ payload }) => isReplacing(payload)),
                    [true, false],
                )
            }
        }
        await suffer(world, { begin, exit: 0, serves: "new" })
    })

    /** It is of no use: the certificate is renewed when a third of its lifetime is left. */
    for (const [title, reply] of [
        ["the window (ARI) ends before it starts", renewalReplies.endBeforeStart],
        ["the window (ARI) is no JSON", renewalReplies.garbage],
        ["the window (ARI) has no times", renewalReplies.notTimes],
    ] as [string, (nowMs: number) => RenewalReply][])
        it(title, async () => {
            const said: string[] = []
            const begin = atCa(({ facade, parts }) => {
                facade.renewalInfo = () => reply(parts.now().getTime())
                parts.log = ({ text }) => said.push(text)
            })
            await suffer(world, { begin, exit: 0, serves: "new" })
            assert.match(said.join("\n"), /ACME_SERVER_ERROR/)
        })

    it("the window (ARI) starts after the certificate's end", async () => {
        const begin = atCa(({ facade }) => (facade.renewalInfo = renewalReplies.farOff))
        await suffer(world, { begin, exit: 10, serves: "new", says: /window is ignored: it starts on/ })
    })

    it("the window (ARI) is past, for each new certificate too", async () => {
        const begin = () => {
            const { facade, parts } = world
            facade.renewalInfo = () => renewalReplies.past(parts.now().getTime())
            return async () => {
                facade.asked.length = 0
                assert.match((await runHere(world)).text, /window begins too early: .* was moved to/)
                const kinds = facade.asked.map(({ kind }) => kind)
                assert.deepEqual([kinds.includes("renewalInfo"), kinds.includes("newOrder")], [true, false])
                world.calm()
            }
        }
        await suffer(world, { begin, exit: 0, serves: "new" })
    })

    it("it makes the order invalid", async () => {
        const problem = { type: "urn:ietf:params:acme:error:caa", detail: "CAA record prevents issuance" }
        const body = JSON.stringify({
            status: "invalid",
            identifiers: [{ type: "dns", value: NAME }],
            error: problem,
        })
        const fault = { status: 200, body, contentType: "application/json" }
        await suffer(world, failing("ACME_ORDER_INVALID", always("order", fault), /CAA record prevents issuance/))
    })

    it("it replies HTML in place of JSON", async () => {
        const fault = { status: 200, body: "<h1>maintenance</h1>" }
        await suffer(world, failing("ACME_SERVER_ERROR", always("newOrder", fault)))
    })

    it("it has another certificate for its HTTPS than one that is trusted", async () => {
        const other = await temporaryCa()
        const begin = async () => {
            await writeFile(world.caFile, other.rootPem)
            return () => copyFile(world.pebble.caFile, world.caFile)
        }
        await suffer(world, failing("ACME_UNREACHABLE", begin, /certificate/))
    })

    /** A new account has no authorizations, so the CA asks for a challenge. */
    const onPort80 = async (status: number) => {
        await rm(world.accountFile)
        const server = createServer((_, response) => response.writeHead(status).end())
        await new Promise<void>(resolve => server.listen(world.pebble.httpPort, "127.0.0.1", resolve))
        return async () => {
            server.closeAllConnections()
            await new Promise(resolve => server.close(resolve))
            world.calm()
        }
    }

    it("it cannot read the challenge", async () => {
        const begin = () => {
            world.parts.sources = [world.source({ solver: webrootSolver(world.folder) })]
            return onPort80(403)
        }
        await suffer(world, failing("ACME_CHALLENGE_FAILED", begin, /could not read http:\/\/air\.example\.org\/.*403/))
    })

    it("port 80 is taken", async () => {
        await suffer(
            world,
            failing("ACME_HTTP_PORT_UNAVAILABLE", () => onPort80(200), /EADDRINUSE/),
        )
    })

    it("the account's key was deleted", async () => {
        const key = await readFile(world.accountFile, "utf8")
        const begin = async () => {
            await rm(world.accountFile)
            return () => undefined
        }
        await suffer(world, { begin, exit: 0, serves: "new" })
        assert.notEqual(await readFile(world.accountFile, "utf8"), key)
    })

    it("the account's key is damaged", async () => {
        const begin = async () => {
            await rename(world.accountFile, `${world.accountFile}.kept`)
            await writeFile(world.accountFile, "{", { mode: 0o600 })
            return () => rename(`${world.accountFile}.kept`, world.accountFile)
        }
        await suffer(world, failing("ACME_ACCOUNT_BROKEN", begin))
    })

    it("the account was deactivated", async () => {
        await deactivate()
        const begin = () => () => rm(world.accountFile)
        await suffer(world, failing("ACME_ACCOUNT_REFUSED", begin, /deactivated/))
    })

    async function deactivate(): Promise<void> {
        const { keyPem }: { keyPem: string } = JSON.parse(await readFile(world.accountFile, "utf8"))
        const { caFile, facade } = world
        await withConnection({ caFile }, {}, exchange =>
            withExchange(exchange, async ({ Client }) => {
                const client = new Client({ directoryUrl: facade.directory, accountKey: keyPem })
                await client.createAccount({ onlyReturnExisting: true })
                await client.updateAccount({ status: "deactivated" })
            }),
        )
    }

    it("certbot is missing", async () => {
        const begin = atCa(({ parts, folder }) => {
            parts.sources = [new CertbotSource({ program: "/nonexistent/certbot", folder, webroot: folder })]
        })
        await suffer(world, failing("CERTBOT_MISSING", begin))
    })

    it("a chain's private key does not fit", async () => {
        await suffer(world, failing("EDGE_KEY_MISMATCH", sends("key")))
    })

    it("a chain is out of order", async () => {
        await suffer(world, failing("CHAIN_ORDER_WRONG", sends("order")))
    })

    it("a chain's certificate has another name", async () => {
        await suffer(world, failing("HOST_MISMATCH", sends("name")))
    })

    it("a chain's intermediate has expired", async () => {
        await suffer(world, failing("CHAIN_EXPIRED", sends("expired")))
    })
})
