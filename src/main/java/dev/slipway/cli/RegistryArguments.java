package dev.slipway.cli;

import dev.slipway.http.HttpSettings;
import dev.slipway.http.ProxySettings;
import dev.slipway.http.RetryPolicy;
import dev.slipway.http.Sleeper;
import dev.slipway.transport.RegistryOptions;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the command line says of registries.
 *
 * @param tlsVerify whether a registry must prove who it is
 * @param authFile the file that holds credentials
 * @param credentials the credentials themselves
 */
record RegistryArguments(boolean tlsVerify, Optional<Path> authFile, Optional<String> credentials) {
  /** Who registries are told that we are. */
  private static final String USER_AGENT = "slipway/" + Version.NUMBER;

  /**
   * Reads it.
   *
   * @throws UsageException if an option has a value that it cannot have
   */
  static RegistryArguments of(Invocation invocation) throws UsageException {
    String verify = invocation.value(OptionName.TLS_VERIFY).orElse("true");
    if (!List.of("true", "false").contains(verify)) {
      throw new UsageException("--tls-verify: expected true or false, found '" + verify + "'");
    }
    Optional<String> credentials = invocation.value(OptionName.CREDS);
    if (credentials.isPresent() && credentials.get().indexOf(':') < 1) {
      throw new UsageException("--creds: expected USER:PASSWORD");
    }
    Optional<Path> authFile = invocation.value(OptionName.AUTHFILE).map(Path::of);
    if (authFile.isPresent() && !Files.exists(authFile.get())) {
      throw new UsageException("--authfile: " + authFile.get() + ": no such file");
    }
    return new RegistryArguments(verify.equals("true"), authFile, credentials);
  }

  /** That and what the environment says. */
  RegistryOptions options(Environment environment, InstantSource clock) throws UsageException {
    return new RegistryOptions(
        http(environment, clock),
        credentials,
        authFile.map(List::of).orElseGet(environment.registries()::authFiles),
        Arrays.stream(environment.searchPath().split(":", -1))
            .filter(folder -> folder.startsWith("/"))
            .map(Path::of)
            .toList());
  }

  /** How any server is spoken to. */
  HttpSettings http(Environment environment, InstantSource clock) throws UsageException {
    RegistryVariables variables = environment.registries();
    Optional<URI> http = variables.proxy("HTTP");
    Optional<URI> https = variables.proxy("HTTPS");
    if (Stream.concat(http.stream(), https.stream()).anyMatch(uri -> uri.getUserInfo() != null)) {
      // The JDK sends proxies no passwords for tunnels unless it is told so before it starts to.
      System.setProperty("jdk.http.auth.tunneling.disabledSchemes", "");
    }
    return new HttpSettings(
        tlsVerify,
        environment.certificates(),
        variables.certificateFolders(),
        new ProxySettings(http, https, variables.noProxy()),
        HttpSettings.CONNECT_TIMEOUT,
        HttpSettings.STALL_TIMEOUT,
        RetryPolicy.DEFAULT,
        Sleeper.REAL,
        clock,
        USER_AGENT);
  }

  /** Some of it is nobody's business. */
  @Override
  public String toString() {
    return "RegistryArguments[…]";
  }
}
