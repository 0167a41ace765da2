/** The device's account at the server: where its token comes from, checked before anything is written. */
import { AirpinError } from "../../../certs/error.ts"
import { bodyOf, connectTo } from "../../api/client/client.ts"
import { idOrName } from "../../api/device-registry.ts"
import { listDevices } from "../../api/store/devices.ts"
import type { Terminal } from "../../display/terminal.ts"
import type { FleetServer, ServerDevice } from "../../fleet/server.ts"
import type { Asker } from "../../setup/asker.ts"
import { choiceOf } from "../../setup/checks.ts"
import { checkToken } from "../../setup/token-check.ts"
import { localServer } from "../fleet/local-server.ts"
import { loggedIn } from "../fleet/remote-server.ts"
import { withExistingDatabase } from "../service/open-database.ts"
import type { TrustedServer } from "./server-step.ts"

export interface Account {
    /** the device's token; adds the device where that is yet to be done */
    token(): Promise<string>
    /** undefined where nothing may be set or read */
    setGroup?(group: string): Promise<void>
    /** devices of the server; undefined where they may not be read */
    list?(): Promise<ServerDevice[]>
    /** id of the device, once it has a token */
    id(): string | undefined
    server?: FleetServer
}

const SOURCES = ["database", "admin", "paste"] as const

interface Wanted {
    name: string
    /** of the settings so far */
    token: string | undefined
    /** the database of airpin device add */
    db: string
    isSimulated: boolean
}

export async function askForAccount(
    server: TrustedServer,
    wanted: Wanted,
    asker: Asker,
    terminal: Terminal,
): Promise<Account> {
    const source = await asker.ask("source", {
        text: "token: 1 database: add the device in this computer's, 2 admin: log in at the server, 3 paste one",
        initial: wanted.token === undefined ? "database" : "paste",
        check: async text => {
            const found = choiceOf(SOURCES, text)
            if (found === "database") await withExistingDatabase(wanted.db, terminal, ({ sql }) => listDevices(sql))
            return found
        },
    })
    if (source === "paste") return pastedAccount(server, wanted, asker)
    const account = source === "database" ? localServer(wanted.db, terminal) : await adminServer(server, asker)
    return accountAt(account, server, wanted, asker)
}

async function adminServer({ url, rootPem }: TrustedServer, asker: Asker): Promise<FleetServer> {
    const name = await asker.ask("admin", { text: "name of the admin", initial: "admin", check: text => text })
    return asker.ask("adminPassword", {
        text: `password of ${name} at ${url}`,
        check: password => loggedIn({ url, rootPem, name, password }),
    })
}

/** A device that is added, or taken over, at its first use. */
async function accountAt(
    account: FleetServer,
    server: TrustedServer,
    { name }: Wanted,
    asker: Asker,
): Promise<Account> {
    const present = (await account.list()).find(device => device.name === name || device.id === name)
    if (present && !(await asker.agrees("adopt", `${account.place} has ${name} already: give it a new token?`)))
        throw new AirpinError(
            "FLEET_DEVICE_EXISTS",
            `${account.place} has already: ${name}`,
            "run airpin setup again with another name",
        )
    let id = present?.id
    return {
        server: account,
        list: account.list,
        id: () => id,
        token: async () => {
            const added = present
                ? { id: present.id, token: await account.rotate(present.id) }
                : await account.add(name)
            id = added.id
            return await checkToken(server, added.token)
        },
        setGroup: async group => void (await account.setGroups(new Map([[id ?? idOrName(name).name, group]]))),
    }
}

async function pastedAccount(
    server: TrustedServer,
    { name, token: before, isSimulated }: Wanted,
    asker: Asker,
): Promise<Account> {
    const { url, rootPem } = server
    const token = await asker.ask("token", {
        text: "token, as airpin device add printed it",
        initial: before,
        check: text => checkToken(server, text),
    })
    const account = { token: async () => token, id: () => undefined }
    if (isSimulated) return account // its own log says when the server has a reading
    const list = await asker.ask("reader", {
        text: "token of a link of the server, to see the first reading (Enter: do not wait for it)",
        initial: "",
        check: async text => {
            if (text === "") return undefined
            const client = connectTo({ url, rootPem, token: text.trim() })
            const ask = async () => (await bodyOf(client.GET("/api/v1/devices"), url)).devices
            await ask()
            return ask
        },
    })
    const named = async () => ((await list?.()) ?? []).filter(device => device.name === name || device.id === name)
    return { ...account, ...(list && { list: named }) }
}
