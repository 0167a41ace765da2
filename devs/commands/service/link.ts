/** `airpin link`: who may read without being an admin. */
import { addLink, type Link, listLinks, revokeLink } from "../../api/access/links.ts"
import { linkUrl, servedAt } from "../../api/access/served-at.ts"
import { deviceIdOf } from "../../api/store/device-lookup.ts"
import { timeText } from "../../display/device.ts"
import { shellWord } from "../../display/shell-word.ts"
import { tableText } from "../../display/terminal.ts"
import { type Command, command, exitCodes, type OptionsOf, run } from "../command.ts"
import { wholeNumber } from "../option-values.ts"
import { type DatabaseOption, databaseOption, withExistingDatabase } from "./open-database.ts"

const DAY_S = 86_400

const nowS = () => Math.floor(Date.now() / 1000)

const declaredAdd = command()
    .name("add")
    .description("make a link that shows the readings, and print it this once")
    .argument("<name>", "who gets it")
    .option("--device <device>", "show only this device, by its id or name")
    .option("--days <n>", "let it expire after so many days (default: never)", wholeNumber(1, 36_500))
    .option("--url <url>", "address of the server (default: where `airpin serve` ran last)")
    .addOption(databaseOption())

type AddOptions = OptionsOf<typeof declaredAdd>

export const definition = command()
    .addCommand(declaredAdd.action(run((terminal, name, options) => add({ name, ...options }, terminal))))
    .addCommand(
        command()
            .name("list")
            .description("list the links")
            .addOption(databaseOption())
            .action(run((terminal, { db }) => list({ db }, terminal))),
    )
    .addCommand(
        command()
            .name("revoke")
            .description("refuse a link, and what was opened with it, from now on")
            .argument("<name>")
            .addOption(databaseOption())
            .action(run((terminal, name, { db }) => revoke({ name, db }, terminal))),
    )

/** `airpin link add`. */
const add: Command<AddOptions & { name: string }> = async ({ name, db, device: idOrName, days, url }, terminal) => {
    const { token, address, device } = await withExistingDatabase(db, terminal, async database => {
        const createdAt = nowS()
        const expiresAt = days && createdAt + days * DAY_S
        const device = idOrName === undefined ? undefined : await deviceIdOf(database.sql, idOrName)
        return {
            device,
            token: await addLink(database, { name, role: "viewer", device, createdAt, expiresAt }),
            address: url ?? (await servedAt(database.sql)),
        }
    })
    const link = linkUrl(address, token)
    terminal.line("link", `${link}  (shown only once)`)
    terminal.line(
        "",
        `shows ${device ?? "every device"}${days ? `, for ${days} days` : ""}, until: airpin link revoke ${shellWord(name)}`,
    )
    terminal.line("tools", `send Authorization: Bearer ${token}`)
    terminal.result({ name, device, link, token })
    return exitCodes.fine
}

/** `airpin link list`. */
const list: Command<DatabaseOption> = async ({ db }, terminal) => {
    const links = await withExistingDatabase(db, terminal, ({ sql }) => listLinks(sql))
    const rows = links.map(link => [link.name, shows(link), timeText(link.createdAt), stateText(link, nowS())])
    if (links.length === 0) terminal.line("", "no link yet: airpin link add NAME makes one")
    else for (const row of tableText([["NAME", "SHOWS", "MADE", ""], ...rows])) terminal.line("", row)
    terminal.result(links)
    return exitCodes.fine
}

function shows({ role, device }: Link): string {
    return role === "admin" ? "logs in" : (device ?? "every device")
}

function stateText({ revokedAt, expiresAt, once, openedAt }: Link, now: number): string {
    if (revokedAt !== null) return `revoked ${timeText(revokedAt)}`
    if (once && openedAt !== null) return `used ${timeText(openedAt)}`
    if (expiresAt === null) return ""
    return `${expiresAt <= now ? "expired" : "until"} ${timeText(expiresAt)}`
}

/** `airpin link revoke`. */
const revoke: Command<DatabaseOption & { name: string }> = async ({ db, name }, terminal) => {
    await withExistingDatabase(db, terminal, database => revokeLink(database, name, nowS()))
    terminal.line("revoked", `${name}: nobody reads with it any more`)
    terminal.result({ name, revoked: true })
    return exitCodes.fine
}
