package dev.slipway.registry;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * How registries are spoken to.
 *
 * @param tlsVerify whether a registry must prove who it is; if not, what it shows is taken, and
 *     plain HTTP too where there is no HTTPS
 * @param certificates the certificates of authorities that are trusted, in PEM form; the JDK's own
 *     where empty
 * @param certificateFolders where authorities of single registries lie, as {@code
 *     HOST:PORT/NAME.crt}
 * @param proxies which proxies to go through
 * @param credentials knows what to prove oneself with
 * @param connectTimeout how long a connection may take
 * @param stallTimeout how long nothing may happen on one
 * @param retries how often things are tried again
 * @param sleeper passes the time until then
 * @param clock tells when tokens expire
 * @param userAgent who we say that we are
 */
public record RegistrySettings(
    boolean tlsVerify,
    Optional<Path> certificates,
    List<Path> certificateFolders,
    ProxySettings proxies,
    CredentialSource credentials,
    Duration connectTimeout,
    Duration stallTimeout,
    RetryPolicy retries,
    Sleeper sleeper,
    InstantSource clock,
    String userAgent) {

  /** How long a connection may take. */
  public static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(30);

  /** How long nothing may happen on a connection. */
  public static final Duration STALL_TIMEOUT = Duration.ofSeconds(60);

  /** Takes a copy. */
  public RegistrySettings {
    certificateFolders = List.copyOf(certificateFolders);
  }
}
