/**
 * A client of web servers: it sends a request, does not wait for ever, follows redirects, waits
 * faults out that may be over soon, goes on where a connection was cut, and believes nothing that
 * it has not hashed. {@link dev.slipway.http.client.FileServer} is all that who fetches files
 * needs; the rest is what protocols of more than that are made from.
 *
 * <p>Secrets stay in here: no message and no {@code toString} has any.
 */
@org.jspecify.annotations.NullMarked
package dev.slipway.http.client;
