/**
 * How servers of the web are spoken to, whatever for: through which proxies, whom to trust, how
 * long to wait and how often to try again. {@code http.client} does the speaking for the rooms
 * above.
 */
@org.jspecify.annotations.NullMarked
package dev.slipway.http;
