package dev.slipway.registry;

import dev.slipway.http.HttpSettings;

/**
 * How registries are spoken to.
 *
 * @param http how any server is; where it need not prove who it is, plain HTTP will do too if there
 *     is no HTTPS
 * @param credentials knows what to prove oneself with
 */
public record RegistrySettings(HttpSettings http, CredentialSource credentials) {}
