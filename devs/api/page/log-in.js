/**
 * Whoever follows a link of another site to this one is logged in, but the browser did not send the cookie
 * (SameSite=Strict); it does for this request.
 */
const response = await fetch("api/v1/session")
if (response.ok && (await response.json()).role !== "none" && location.hash === "") location.replace("./")
