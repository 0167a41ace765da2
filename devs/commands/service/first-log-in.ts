import { firstLink } from "../../api/access/first-link.ts"
import { linkUrl } from "../../api/access/served-at.ts"
import type { Database } from "../../api/store/database.ts"
import type { Terminal } from "../../display/terminal.ts"

/**
 * Shows the way in before there is an admin or a link.
 *
 * @param server address at which people reach the server
 * @returns address that logs in whoever opens it first; undefined if there is another way in
 */
export async function showFirstLogIn(terminal: Terminal, db: Database, server: string): Promise<string | undefined> {
    const token = await firstLink(db, Math.floor(Date.now() / 1000))
    if (token === undefined) return undefined
    const url = linkUrl(server, token)
    terminal.line("log in", `${terminal.paint("underline", url)}  (once, within an hour)`)
    return url
}
