/** Groups (of proto2) in one another that are gone over: past it the record cannot be decoded. */
export const GROUP_DEPTH_MAX = 64
