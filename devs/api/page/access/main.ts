/** The log-in page, and the page of links for admins. */
import { startHeader } from "../shared/header.ts"
import { readPageData } from "../shared/read-page-data.ts"
import { startLinks } from "./links.ts"
import type { LinksState } from "./links-state.ts"

const data = readPageData<LinksState | null>()

startHeader(data.root)
if (data.state !== null) await startLinks({ ...data, ...data.state })
else if (document.querySelector("#log-in") !== null) await leaveIfLoggedIn()

/**
 * Whoever follows a link of another site to this one is logged in, but the browser did not send the cookie
 * (SameSite=Strict); it does for this request.
 */
async function leaveIfLoggedIn(): Promise<void> {
    const response = await fetch(`${data.root}api/v1/session`)
    const isLoggedIn = response.ok && !["none", "anonymous"].includes((await response.json()).role)
    if (isLoggedIn && location.hash === "") location.replace(`${data.root}./`)
}
