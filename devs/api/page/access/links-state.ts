/** What the page of links shows first. Does not touch the DOM. */
export interface LinksState {
    /** of the school, IANA name */
    timeZone: string
    rooms: { id: string; name: string }[]
}
