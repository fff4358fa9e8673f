package dev.slipway.registry;

import dev.slipway.http.HttpSettings;
import dev.slipway.http.ProxySettings;
import dev.slipway.http.RetryPolicy;
import dev.slipway.oci.RepositoryName;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Settings for tests, in which time passes only when it is waited for. */
final class Settings {
  final List<Duration> waits = Collections.synchronizedList(new ArrayList<>());
  volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");
  volatile boolean tlsVerify;
  volatile Credentials credentials = new Credentials.Anonymous();
  volatile Duration stallTimeout = Duration.ofSeconds(60);
  volatile ProxySettings proxies = ProxySettings.NONE;
  volatile Optional<Path> certificates = Optional.empty();
  volatile List<Path> certificateFolders = List.of();
  final List<RepositoryName> asked = Collections.synchronizedList(new ArrayList<>());

  RegistryClient client() {
    return new RegistryClient(
        new RegistrySettings(
            new HttpSettings(
                tlsVerify,
                certificates,
                certificateFolders,
                proxies,
                Duration.ofSeconds(10),
                stallTimeout,
                RetryPolicy.DEFAULT,
                duration -> {
                  waits.add(duration);
                  now = now.plus(duration);
                },
                () -> now,
                "slipway/test"),
            repository -> {
              asked.add(repository);
              return credentials;
            }));
  }
}
