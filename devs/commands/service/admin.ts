/** `airpin admin`: who may see everything and change who reads. */
import { AirpinError } from "../../../certs/error.ts"
import { addAdmin, deleteAdmin, listAdmins, requireAdmin, setPassword } from "../../api/access/admins.ts"
import { timeText } from "../../display/device.ts"
import { type Terminal, tableText } from "../../display/terminal.ts"
import { type Command, command, exitCodes, run } from "../command.ts"
import { confirmDeletion } from "./confirmation.ts"
import { type DatabaseOption, databaseOption, withDatabase, withExistingDatabase } from "./open-database.ts"

const nowS = () => Math.floor(Date.now() / 1000)

type OfAdmin = DatabaseOption & { name: string }

export const definition = command()
    .addCommand(
        command()
            .name("add")
            .description("add an admin; asks for the password, or reads it from stdin")
            .argument("<name>")
            .addOption(databaseOption())
            .action(run((terminal, name, { db }) => add({ name, db }, terminal))),
    )
    .addCommand(
        command()
            .name("password")
            .description("set an admin's password, and end all sessions of this admin")
            .argument("<name>")
            .addOption(databaseOption())
            .action(run((terminal, name, { db }) => password({ name, db }, terminal))),
    )
    .addCommand(
        command()
            .name("list")
            .description("list the admins")
            .addOption(databaseOption())
            .action(run((terminal, { db }) => list({ db }, terminal))),
    )
    .addCommand(
        command()
            .name("delete")
            .description("delete an admin, and end all sessions of this admin, after a question")
            .argument("<name>")
            .option("--yes", "do not ask")
            .addOption(databaseOption())
            .action(run((terminal, name, options) => remove({ name, ...options }, terminal))),
    )

/** `airpin admin add`. */
const add: Command<OfAdmin> = async ({ db, name }, terminal) => {
    const secret = await newPassword(terminal)
    await withDatabase(db, terminal, database => addAdmin(database, name, secret, nowS()))
    terminal.line("admin", `${name} can log in at /log-in`)
    terminal.result({ name })
    return exitCodes.fine
}

/** `airpin admin password`. */
const password: Command<OfAdmin> = async ({ db, name }, terminal) => {
    const secret = await newPassword(terminal)
    await withExistingDatabase(db, terminal, database => setPassword(database, name, secret, nowS()))
    terminal.line("password", `set; whoever was logged in as ${name} has to log in again`)
    terminal.result({ name })
    return exitCodes.fine
}

/** `airpin admin list`. */
const list: Command<DatabaseOption> = async ({ db }, terminal) => {
    const admins = await withExistingDatabase(db, terminal, ({ sql }) => listAdmins(sql))
    const rows = admins.map(({ name, createdAt, passwordAt }) => [name, timeText(createdAt), timeText(passwordAt)])
    if (admins.length === 0) terminal.line("", "no admin yet: airpin admin add NAME adds one")
    else for (const row of tableText([["NAME", "ADDED", "PASSWORD SET"], ...rows])) terminal.line("", row)
    terminal.result(admins)
    return exitCodes.fine
}

/** `airpin admin delete`. */
const remove: Command<OfAdmin & { yes?: true }> = async ({ db, name, yes }, terminal) => {
    await withExistingDatabase(db, terminal, async database => {
        await requireAdmin(database.sql, name)
        if (!yes) await confirmDeletion(terminal, `the admin ${name}`)
        await deleteAdmin(database, name)
    })
    terminal.line("deleted", `${name} cannot log in any more`)
    terminal.result({ name, deleted: true })
    return exitCodes.fine
}

/** Asks twice at a terminal; otherwise the first line of stdin. @throws AirpinError PASSWORDS_DIFFER */
async function newPassword(terminal: Terminal): Promise<string> {
    const secret = await terminal.secret("password: ")
    if (terminal.isInteractive && secret !== (await terminal.secret("the same again: ")))
        throw new AirpinError("PASSWORDS_DIFFER", "the two passwords differ, so none was set")
    return secret
}
