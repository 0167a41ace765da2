/**
 * Asks the server; whoever is no longer logged in goes to the log-in page.
 *
 * @param root way to the server's root: "" or "../"
 * @param path "api/v1/devices"
 * @throws Error with the server's message
 */
export async function askServer<Json>(root: string, path: string, options: RequestInit = {}): Promise<Json> {
    const response = await fetch(root + path, options)
    if (response.status === 401) location.replace(`${root}log-in`)
    const body = await response.json()
    if (!response.ok) throw new Error(body.message)
    return body
}
