package dev.slipway.http;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * How servers are spoken to.
 *
 * @param tlsVerify whether a server must prove who it is; if not, what it shows is taken
 * @param certificates the certificates of authorities that are trusted, in PEM form; the JDK's own
 *     where empty
 * @param certificateFolders where authorities of single servers lie, as {@code HOST:PORT/NAME.crt}
 * @param proxies which proxies to go through. Where one wants a password for HTTPS, the system
 *     property {@code jdk.http.auth.tunneling.disabledSchemes} must be empty before the first
 *     connection
 * @param connectTimeout how long a connection may take
 * @param stallTimeout how long nothing may happen on one
 * @param retries how often things are tried again
 * @param sleeper passes the time until then
 * @param clock tells the time
 * @param userAgent who we say that we are
 */
public record HttpSettings(
    boolean tlsVerify,
    Optional<Path> certificates,
    List<Path> certificateFolders,
    ProxySettings proxies,
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
  public HttpSettings {
    certificateFolders = List.copyOf(certificateFolders);
  }

  /** The usual ones: who a server is must be proven to the JDK's authorities; no proxies. */
  public static HttpSettings defaults(InstantSource clock, String userAgent) {
    return new HttpSettings(
        true,
        Optional.empty(),
        List.of(),
        ProxySettings.NONE,
        CONNECT_TIMEOUT,
        STALL_TIMEOUT,
        RetryPolicy.DEFAULT,
        Sleeper.REAL,
        clock,
        userAgent);
  }

  /** These, with another say on {@link #tlsVerify}. */
  public HttpSettings withTlsVerify(boolean verify) {
    return new HttpSettings(
        verify,
        certificates,
        certificateFolders,
        proxies,
        connectTimeout,
        stallTimeout,
        retries,
        sleeper,
        clock,
        userAgent);
  }
}
