/**
 * Gives acme-client the exchanges of the source that it works for. acme-client has one axios for all its clients, which
 * would wait for whatever Retry-After says, knows no private CA, and turns problem documents into plain texts. An
 * AirpinError passes through it unchanged, and is not tried again.
 */
import { AsyncLocalStorage } from "node:async_hooks"
import type { Exchange } from "./exchange.ts"

/** acme-client as a module */
export type AcmeClient = typeof import("acme-client")

const exchanges = new AsyncLocalStorage<Exchange>()

/** Runs `work` with acme-client; what acme-client sends within it goes through this exchange. */
export async function withExchange<Result>(
    exchange: Exchange,
    work: (acme: AcmeClient) => Promise<Result>,
): Promise<Result> {
    // loaded here, since it takes half a second: most rounds have nothing to do
    const acme = await import("acme-client")
    acme.axios.defaults.adapter = send
    return exchanges.run(exchange, () => work(acme))
}

type Adapter = Extract<AcmeClient["axios"]["defaults"]["adapter"], (...args: never[]) => unknown>

const send: Adapter = async config => {
    const exchange = exchanges.getStore()
    if (!exchange || !config.url) throw new Error("acme-client is used outside of its source")
    const headers = Object.entries(config.headers.toJSON(true)).map(([name, value]) => [name, String(value)])
    const {
        status,
        headers: replied,
        body,
    } = await exchange.send({
        method: config.method?.toUpperCase() ?? "GET",
        url: config.url,
        headers: Object.fromEntries(headers),
        ...(typeof config.data === "string" && { body: config.data }),
    })
    // axios has no type for headers that occur several times; ACME's do not, and Node.js joins those of Link
    return { data: body, status, statusText: "", headers: flat(replied), config }
}

function flat(headers: Exchange["latestHeaders"]): Record<string, string> {
    return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}
