package dev.slipway.transport;

import dev.slipway.registry.AuthFiles;
import dev.slipway.registry.CredentialSource;
import dev.slipway.registry.Credentials;
import dev.slipway.registry.ProxySettings;
import dev.slipway.registry.RegistrySettings;
import dev.slipway.registry.RetryPolicy;
import dev.slipway.registry.Sleeper;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * How registries are spoken to, as users of skopeo and docker have it.
 *
 * @param tlsVerify whether a registry must prove who it is; if not, what it shows is taken, and
 *     plain HTTP too where there is no HTTPS
 * @param certificates the certificates of authorities that are trusted, in PEM form; the JDK's own
 *     where empty
 * @param certificateFolders where authorities of single registries lie, as {@code
 *     HOST:PORT/NAME.crt}
 * @param httpProxy the proxy for plain HTTP
 * @param httpsProxy the proxy for HTTPS. Where it wants a password, the system property {@code
 *     jdk.http.auth.tunneling.disabledSchemes} must be empty before the first connection
 * @param noProxy hosts that are reached without one, as in {@code NO_PROXY}
 * @param credentials {@code USER:PASSWORD} for whichever registry is spoken to; else files are
 *     asked
 * @param authFiles files in the form of docker's {@code config.json}, in order
 * @param searchPath where the programs lie that such files name
 * @param clock tells when tokens expire
 * @param userAgent who we say that we are
 */
public record RegistryOptions(
    boolean tlsVerify,
    Optional<Path> certificates,
    List<Path> certificateFolders,
    Optional<URI> httpProxy,
    Optional<URI> httpsProxy,
    List<String> noProxy,
    Optional<String> credentials,
    List<Path> authFiles,
    List<Path> searchPath,
    InstantSource clock,
    String userAgent) {

  /** Takes copies; refuses proxies and credentials that are none. */
  public RegistryOptions {
    certificateFolders = List.copyOf(certificateFolders);
    noProxy = List.copyOf(noProxy);
    authFiles = List.copyOf(authFiles);
    searchPath = List.copyOf(searchPath);
    new ProxySettings(httpProxy, httpsProxy, noProxy);
    credentials.ifPresent(Credentials::parse);
  }

  /** The same, with another say on {@link #tlsVerify}. */
  public RegistryOptions withTlsVerify(boolean verify) {
    return new RegistryOptions(
        verify,
        certificates,
        certificateFolders,
        httpProxy,
        httpsProxy,
        noProxy,
        credentials,
        authFiles,
        searchPath,
        clock,
        userAgent);
  }

  /** The same for those who do the speaking. */
  RegistrySettings settings() {
    CredentialSource source =
        credentials
            .<CredentialSource>map(text -> {
              Credentials given = Credentials.parse(text);
              return _ -> given;
            })
            .orElseGet(() -> new AuthFiles(authFiles, searchPath));
    return new RegistrySettings(
        tlsVerify,
        certificates,
        certificateFolders,
        new ProxySettings(httpProxy, httpsProxy, noProxy),
        source,
        RegistrySettings.CONNECT_TIMEOUT,
        RegistrySettings.STALL_TIMEOUT,
        RetryPolicy.DEFAULT,
        Sleeper.REAL,
        clock,
        userAgent);
  }

  /** Some of it is nobody's business. */
  @Override
  public String toString() {
    return "RegistryOptions[tlsVerify=" + tlsVerify + "]";
  }
}
