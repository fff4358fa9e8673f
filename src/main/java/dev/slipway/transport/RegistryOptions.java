package dev.slipway.transport;

import dev.slipway.http.HttpSettings;
import dev.slipway.registry.AuthFiles;
import dev.slipway.registry.CredentialSource;
import dev.slipway.registry.Credentials;
import dev.slipway.registry.RegistrySettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How registries are spoken to, as users of skopeo and docker have it.
 *
 * @param http how any server is; where a registry need not prove who it is, plain HTTP will do too
 *     if there is no HTTPS
 * @param credentials {@code USER:PASSWORD} for whichever registry is spoken to; else files are
 *     asked
 * @param authFiles files in the form of docker's {@code config.json}, in order
 * @param searchPath where the programs lie that such files name
 */
public record RegistryOptions(
    HttpSettings http, Optional<String> credentials, List<Path> authFiles, List<Path> searchPath) {

  /** Takes copies; refuses credentials that are none. */
  public RegistryOptions {
    authFiles = List.copyOf(authFiles);
    searchPath = List.copyOf(searchPath);
    credentials.ifPresent(Credentials::parse);
  }

  /** The same, with another say on whether registries must prove who they are. */
  public RegistryOptions withTlsVerify(boolean verify) {
    return new RegistryOptions(http.withTlsVerify(verify), credentials, authFiles, searchPath);
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
    return new RegistrySettings(http, source);
  }

  /** Some of it is nobody's business. */
  @Override
  public String toString() {
    return "RegistryOptions[tlsVerify=" + http.tlsVerify() + "]";
  }
}
